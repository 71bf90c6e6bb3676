/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Turns notifications into signals. Called by one thread at a time, the event loop; takes no lock.
 * What cannot be read is widened, never dropped, and logged without its content: the first at once,
 * later ones of the same channel at most once a minute with their number.
 */
final class NotificationReader {
  private static final Logger LOG = Logger.getLogger(NotificationReader.class);
  private static final long LOG_INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

  private final Map<String, Route> routes = new HashMap<>();
  private final Route invalidations = new Route(OwnChannels.INVALIDATION, new ChannelBinding[0]);
  private final LongSupplier nanoClock;

  /** One channel, the caches it feeds, and how much of it could not be read. */
  private static final class Route {
    private final String channel;
    private final ChannelBinding[] bindings;
    private long unread;
    private long unlogged;
    private long loggedNanos;

    Route(String channel, ChannelBinding[] bindings) {
      this.channel = channel;
      this.bindings = bindings;
    }
  }

  NotificationReader(List<ChannelBinding> bindings, LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    for (String channel : bindings.stream().map(ChannelBinding::channel).distinct().toList()) {
      routes.put(
          channel,
          new Route(
              channel,
              bindings.stream()
                  .filter(binding -> binding.channel().equals(channel))
                  .toArray(ChannelBinding[]::new)));
    }
  }

  /** All channels to listen on, our own included, sorted. */
  List<String> channels() {
    TreeSet<String> channels = new TreeSet<>(OwnChannels.ALL);
    channels.addAll(routes.keySet());
    return List.copyOf(channels);
  }

  /** The caches that configured channels feed: their changes stand in no log. */
  Set<String> caches() {
    return routes.values().stream()
        .flatMap(route -> Arrays.stream(route.bindings))
        .map(ChannelBinding::cache)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * Reads one notification of any channel but the heartbeats'.
   *
   * @param timeline of the server that sent it
   */
  void read(String channel, String payload, long timeline, SignalSink sink) {
    Route route = routes.get(channel);
    if (route != null) {
      for (ChannelBinding binding : route.bindings) {
        readKey(route, binding, payload, sink);
      }
    } else if (channel.equals(OwnChannels.INVALIDATION)) {
      readInvalidations(payload, timeline, sink);
    }
  }

  private void readKey(Route route, ChannelBinding binding, String payload, SignalSink sink) {
    String key;
    try {
      key = binding.decoder().key(payload);
    } catch (UnreadablePayloadException e) {
      sink.accept(new SourceSignal.Rejected(binding.channel(), binding.cache(), e.reason()));
      unread(route, "cache " + binding.cache(), e.reason());
      return;
    }
    sink.accept(new SourceSignal.Changed(new Invalidation.Key(binding.cache(), key), null));
  }

  private void readInvalidations(String payload, long timeline, SignalSink sink) {
    InvalidationPayload.Contents read;
    try {
      read = InvalidationPayload.read(payload);
    } catch (UnreadablePayloadException e) {
      sink.accept(new SourceSignal.Changed(new Invalidation.Everything(), null));
      unread(invalidations, "every cache", e.reason());
      return;
    }
    Position position = read.xid() == 0 ? null : new Position(timeline, read.xid(), 0);
    for (Invalidation invalidation : read.invalidations()) {
      sink.accept(new SourceSignal.Changed(invalidation, position));
    }
  }

  private void unread(Route route, String emptied, String reason) {
    long nowNanos = nanoClock.getAsLong();
    route.unread++;
    route.unlogged++;
    if (route.unread > 1 && nowNanos - route.loggedNanos < LOG_INTERVAL_NANOS) {
      return;
    }
    LOG.warnf(
        "%d payload(s) of channel %s could not be read, %d since the start; %s was emptied each"
            + " time; the last: %s",
        route.unlogged, route.channel, route.unread, emptied, reason);
    route.unlogged = 0;
    route.loggedNanos = nowNanos;
  }
}
