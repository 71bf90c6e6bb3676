/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.pipeline.Event;
import io.sidecache.pipeline.InvalidationSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceSignal.Changed;
import io.sidecache.source.SourceSignal.GapClosed;
import io.sidecache.source.SourceSignal.GapOpened;
import io.sidecache.source.SourceSignal.Heartbeat;
import io.sidecache.source.SourceSignal.Rejected;
import io.sidecache.stream.Frame.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * The live stream of what this sidecar evicts, for any number of readers up to a limit.
 *
 * <p>The pipeline's thread appends to the ring and wakes the event loops; it never waits for a
 * reader. A reader's memory is what its wire may hold, and its place in the ring.
 */
public final class EventStream implements InvalidationSink, AutoCloseable {
  private static final Duration ENDING = Duration.ofSeconds(2);

  private final Settings settings;
  private final String history;
  private final InstantSource clock;
  private final Predicate<String> caches;
  private final Ring ring;
  private final ValueFrames values;
  private final Tally tally = new Tally();
  private final AtomicInteger subscribers = new AtomicInteger();
  private final Map<Executor, Fanout> fanouts = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * How large the stream may grow.
   *
   * @param replay how many events are kept for readers who come back
   * @param maximumSubscribers how many may read at once
   */
  public record Settings(int replay, int maximumSubscribers) {}

  /**
   * What a reader asks for.
   *
   * @param filter what it wants to hear of
   * @param values whether it wants values with the evictions
   * @param after where it stopped reading; empty for one who begins
   */
  public record Request(StreamFilter filter, boolean values, Optional<StreamPosition> after) {}

  /**
   * Makes a stream without readers.
   *
   * @param history 16 hexadecimal digits that no other process has
   * @param caches tells which caches are ours; others' evictions are not shown
   * @param values where values come from
   */
  public EventStream(
      Settings settings,
      String history,
      InstantSource clock,
      Predicate<String> caches,
      ValueSource values) {
    this.settings = settings;
    this.history = history;
    this.clock = clock;
    this.caches = caches;
    this.ring = new Ring(settings.replay());
    this.values = new ValueFrames(history, values);
  }

  @Override
  public void apply(long sequence, SourceSignal signal) {
    switch (signal) {
      case Changed changed -> evicted(new Event(changed.invalidation(), changed.position(), now()));
      case Rejected rejected ->
          evicted(new Event(new Invalidation.WholeCache(rejected.cache()), null, now()));
      case Heartbeat ignored -> {}
      case GapOpened ignored -> append(Kind.GAP_OPENED, "{\"at\":\"" + now() + "\"}");
      case GapClosed closing ->
          append(
              Kind.GAP_CLOSED,
              "{\"lengthMillis\":" + closing.length().toMillis() + ",\"at\":\"" + now() + "\"}");
    }
  }

  private Instant now() {
    return clock.instant();
  }

  private void evicted(Event event) {
    switch (event.invalidation()) {
      case Invalidation.Key key -> evicted(key.cache(), event);
      case Invalidation.Tag tag -> evicted(tag.cache(), event);
      case Invalidation.WholeCache whole -> evicted(whole.cache(), event);
      case Invalidation.Everything everything ->
          append(everything, Kind.RESET, event.json(next().toString()));
    }
  }

  private void evicted(String cache, Event event) {
    if (caches.test(cache)) {
      append(event.invalidation(), Kind.INVALIDATED, event.json(next().toString()));
    }
  }

  private void append(Kind kind, String data) {
    append(new Invalidation.Everything(), kind, data);
  }

  private void append(Invalidation invalidation, Kind kind, String data) {
    ring.append(Frame.of(next(), invalidation, kind, data));
    fanouts.values().forEach(Fanout::wake);
  }

  /** The place of the event that is appended next; the pipeline's thread alone appends. */
  private StreamPosition next() {
    return new StreamPosition(history, ring.state().newest() + 1);
  }

  /**
   * Adds a reader and writes to it at once: a comment, its position, and what it missed.
   *
   * @param loop runs tasks on the reader's event loop, one at a time; equal for readers of one
   *     loop. This method, too, is called there
   * @return empty where there are too many readers already, or the stream is closed
   */
  public Optional<Subscription> subscribe(Request request, Outlet outlet, Executor loop) {
    if (closed || !reserve()) {
      tally.refused.increment();
      return Optional.empty();
    }
    Fanout fanout =
        fanouts.computeIfAbsent(
            loop, executor -> new Fanout(executor, ring, values, tally, history, clock));
    Optional<StreamPosition> resumed =
        request.after().filter(position -> position.history().equals(history));
    Subscriber subscriber =
        new Subscriber(
            request.filter(),
            request.values(),
            outlet,
            resumed.map(StreamPosition::number).orElseGet(() -> ring.state().newest()));
    fanout.add(subscriber, request.after().isEmpty(), resumed.isPresent());
    return Optional.of(new Reader(fanout, subscriber));
  }

  private boolean reserve() {
    int most = settings.maximumSubscribers();
    return subscribers.getAndUpdate(n -> n < most ? n + 1 : n) < most;
  }

  private final class Reader implements Subscription {
    private final Fanout fanout;
    private final Subscriber subscriber;
    private boolean counted = true;

    Reader(Fanout fanout, Subscriber subscriber) {
      this.fanout = fanout;
      this.subscriber = subscriber;
    }

    @Override
    public void writable() {
      fanout.writable(subscriber);
    }

    @Override
    public void gone() {
      if (counted) {
        counted = false;
        fanout.remove(subscriber);
        subscribers.decrementAndGet();
      }
    }
  }

  /** Shows readers that the stream lives. To be called every 15 seconds; from any thread. */
  public void beat() {
    fanouts.values().forEach(fanout -> fanout.run(fanout::beat));
  }

  /** Figures for metrics and people. Safe from any thread. */
  public StreamFigures figures() {
    return new StreamFigures(
        subscribers.get(),
        settings.maximumSubscribers(),
        ring.size(),
        settings.replay(),
        ring.state().newest(),
        tally.sent.sum(),
        tally.resets.sum(),
        tally.cut.sum(),
        tally.refused.sum());
  }

  /**
   * Ends all answers in good order, the last event being that a gap opens; waits for that two
   * seconds at most. Not for event loops.
   */
  @Override
  public void close() {
    closed = true;
    String text = "event: gap-opened\ndata: {\"at\":\"" + now() + "\"}\n\n: the sidecar stops\n\n";
    byte[] last = text.getBytes(StandardCharsets.UTF_8);
    CountDownLatch ended = new CountDownLatch(fanouts.size());
    for (Fanout fanout : fanouts.values()) {
      fanout.run(
          () -> {
            fanout.end(last);
            ended.countDown();
          });
    }
    try {
      boolean inTime = ended.await(ENDING.toMillis(), TimeUnit.MILLISECONDS);
      if (!inTime) {
        return; // the connections end with the process
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
