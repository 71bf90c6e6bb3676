/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * When this instance looks at the server, and when it sends a heartbeat with it. Not safe for
 * threads.
 *
 * <p>The sender of the newest heartbeat goes on sending, one per interval {@code i}; each is its
 * look as well. Everybody else looks once between two heartbeats, half to three quarters of an
 * interval after the last, and sends one of its own only if none was heard for {@code 1.1 i} to
 * {@code 1.5 i}, by lot. So each sidecar sends one statement per heartbeat, and the fleet one
 * heartbeat per interval; who takes over from a sender that died is drawn by lot.
 *
 * <p>Why nobody's deadline runs out. A look at {@code h + i/2} or later is proven by the heartbeat
 * at {@code h + i}, and the next one by that at {@code h + 2i}: until then the proof is at most
 * {@code 3i/2} old. A look that is late for its heartbeat by up to {@code i/4} is not late. When
 * the sender dies the next heartbeat comes {@code 3i/2} after the last at the latest, and the proof
 * is at most {@code 2i} old, which is the smallest heartbeat-timeout that the settings allow.
 *
 * <p>Where other sidecars send many heartbeats (one per published invalidation), looks stay at
 * least {@code 3i/4} apart.
 */
final class Pace {
  private final long intervalNanos;
  private final DoubleSupplier random;
  private long sendDueNanos;
  private long lookDueNanos;
  private long lookedNanos;
  private long sentNanos;
  private boolean follows;

  /**
   * Makes a pace that begins with a heartbeat.
   *
   * @param random gives numbers from 0 inclusive to 1 exclusive
   * @param firstNanos when to send the first heartbeat, unless another's is heard before
   */
  Pace(Duration interval, DoubleSupplier random, long firstNanos) {
    this.intervalNanos = interval.toNanos();
    this.random = random;
    this.sendDueNanos = firstNanos;
    this.lookDueNanos = firstNanos;
    this.lookedNanos = firstNanos - intervalNanos;
    this.sentNanos = firstNanos - intervalNanos;
  }

  /** When to look next, with a heartbeat or without. */
  long dueNanos() {
    return follows && lookDueNanos - sendDueNanos < 0 ? lookDueNanos : sendDueNanos;
  }

  /** Whether a look at this time should send a heartbeat. */
  boolean sends(long nowNanos) {
    return nowNanos - sendDueNanos >= 0;
  }

  /** A look is on its way. */
  void looking(long nowNanos, boolean sends) {
    lookedNanos = nowNanos;
    lookDueNanos = nowNanos + part(1.25);
    if (sends) {
      sentNanos = nowNanos;
      sendDueNanos = nowNanos + intervalNanos;
    }
  }

  /** One of our own heartbeats was heard. */
  void heardOwn(long beatSentNanos) {
    follows = false;
    if (beatSentNanos - sentNanos > 0) {
      sentNanos = beatSentNanos;
    }
    sendDueNanos = sentNanos + intervalNanos;
  }

  /** Another sidecar's heartbeat was heard. */
  void heardAnother(long nowNanos) {
    long earliest =
        later(nowNanos + part(0.5 + random.getAsDouble() / 4), lookedNanos + part(0.75));
    boolean pending = follows && lookDueNanos - nowNanos > 0;
    lookDueNanos = pending && lookDueNanos - earliest < 0 ? lookDueNanos : earliest;
    sendDueNanos =
        later(nowNanos + part(1.1 + random.getAsDouble() * 0.4), sentNanos + intervalNanos);
    follows = true;
  }

  private long part(double ofInterval) {
    return (long) (intervalNanos * ofInterval);
  }

  private static long later(long one, long other) {
    return one - other >= 0 ? one : other;
  }
}
