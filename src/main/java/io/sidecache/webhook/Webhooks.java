/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.pipeline.Event;
import io.sidecache.pipeline.InvalidationSink;
import io.sidecache.source.SourceSignal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;

/** The sink that tells peers of evictions by webhooks. Applying a signal only ever queues. */
public final class Webhooks implements InvalidationSink, AutoCloseable {
  private static final Logger LOG = Logger.getLogger(Webhooks.class);
  private static final Duration CUT_OFF = Duration.ofSeconds(1);

  private final List<Peer> peers;
  private final Surroundings surroundings;
  private long numbers;

  /**
   * What the peers' threads work with.
   *
   * @param instance what this sidecar calls itself
   * @param process tells this process from all others, its predecessors included
   * @param wallClock for timestamps
   * @param nanoClock for waits; the clock of the heartbeats that the source reports
   * @param random gives numbers from 0 inclusive to 1 exclusive; safe for any thread
   * @param drain how long {@link #close} may take to deliver what waits
   */
  public record Surroundings(
      String instance,
      String process,
      InstantSource wallClock,
      LongSupplier nanoClock,
      DoubleSupplier random,
      Duration drain) {}

  /**
   * One peer to tell.
   *
   * @param settings what it is told, and how
   * @param signer signs for it
   * @param client the way to it; closed with the peer
   */
  public record Recipient(PeerSettings settings, Signer signer, PeerClient client) {}

  public Webhooks(List<Recipient> recipients, Surroundings surroundings) {
    EventIds ids = new EventIds(surroundings.process());
    String source = "urn:sidecache:" + surroundings.instance();
    this.surroundings = surroundings;
    this.peers =
        recipients.stream()
            .map(
                recipient ->
                    new Peer(
                        recipient.settings(),
                        recipient.client(),
                        recipient.signer(),
                        new BatchWriter(
                            recipient.settings().name(), source, ids, surroundings.wallClock()),
                        surroundings))
            .toList();
  }

  /** Starts the peers' threads; called once. */
  public void start() {
    peers.forEach(Peer::start);
  }

  /** All peers, in the order of the settings. */
  public List<Peer> peers() {
    return peers;
  }

  /** One peer, by its name. */
  public Optional<Peer> find(String name) {
    return peers.stream().filter(peer -> peer.settings().name().equals(name)).findFirst();
  }

  @Override
  public void apply(long sequence, SourceSignal signal) {
    switch (signal) {
      case SourceSignal.Changed changed -> changed(changed);
      case SourceSignal.Rejected rejected ->
          changed(new SourceSignal.Changed(new Invalidation.WholeCache(rejected.cache()), null));
      case SourceSignal.GapOpened _ -> peers.forEach(peer -> peer.outbox().gapOpened());
      case SourceSignal.GapClosed _ -> peers.forEach(peer -> peer.outbox().gapClosed());
      case SourceSignal.Heartbeat heartbeat -> peers.forEach(peer -> peer.heartbeat(heartbeat));
    }
  }

  private void changed(SourceSignal.Changed changed) {
    Invalidation invalidation = changed.invalidation();
    Told told = null;
    for (Peer peer : peers) {
      if (!peer.isInterestedIn(invalidation)) {
        continue;
      }
      if (isWidened(changed, peer)) {
        peer.outbox().widened();
      } else {
        told = told == null ? told(changed) : told;
        peer.outbox().put(told);
      }
    }
  }

  /**
   * A whole cache during a gap says that nobody knows what changed, unless a transaction is known
   * that said so.
   */
  private static boolean isWidened(SourceSignal.Changed changed, Peer peer) {
    return switch (changed.invalidation()) {
      case Invalidation.Key _ -> false;
      case Invalidation.Tag _ -> false;
      case Invalidation.WholeCache _ -> changed.position() == null && peer.outbox().isGapOpen();
      case Invalidation.Everything _ -> true;
    };
  }

  private Told told(SourceSignal.Changed changed) {
    numbers++;
    return Told.of(
        numbers,
        new Event(changed.invalidation(), changed.position(), surroundings.wallClock().instant()));
  }

  /**
   * Stops intake, delivers what waits for as long as that may take, and says what is left over. The
   * reset at the next start covers it.
   */
  @Override
  public void close() {
    peers.forEach(peer -> peer.outbox().stopIntake());
    long startNanos = surroundings.nanoClock().getAsLong();
    try {
      for (Peer peer : peers) {
        long spentNanos = surroundings.nanoClock().getAsLong() - startNanos;
        peer.awaitEnd(Duration.ofNanos(Math.max(1, surroundings.drain().toNanos() - spentNanos)));
      }
      peers.forEach(Peer::cut);
      for (Peer peer : peers) {
        peer.awaitEnd(CUT_OFF);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      peers.forEach(Peer::cut);
    }
    peers.forEach(Webhooks::account);
  }

  private static void account(Peer peer) {
    int undelivered = peer.undelivered();
    boolean resetOwed = peer.figures().resetOwed() && !peer.isDisabled();
    if (undelivered > 0 || resetOwed) {
      LOG.warnf(
          "peer %s: %d evictions%s were not delivered before the end; the reset at the next start"
              + " covers them",
          peer.settings().name(), undelivered, resetOwed ? " and a reset" : "");
    }
  }
}
