/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.source.SourceSignal.Heartbeat;
import java.time.Duration;

/**
 * Until when values in memory may be called fresh.
 *
 * <p>Each heartbeat proves that everything committed before it was sent has been applied, so it
 * buys {@code heartbeat-timeout} counted from its <em>sending</em>. Every read compares the
 * deadline with the clock: no timer has to run for freshness to end, so it ends also in a process
 * that was stopped, starved or wedged. Safe from any thread; one thread at a time writes.
 */
public final class Freshness {
  /**
   * What a read looks at, and what became of it so far.
   *
   * @param unprovenNanos since when nothing is proven; of no meaning while something is
   * @param losses how often a proof was lost
   * @param pastNanos for how long nothing was proven, without the present time of that kind
   */
  private record State(
      boolean gap,
      boolean proven,
      long untilNanos,
      long unprovenNanos,
      long losses,
      long pastNanos) {

    /** As it is at this time: a proof may have ended. */
    State at(long nowNanos) {
      return !proven || untilNanos - nowNanos > 0 ? this : lost(untilNanos);
    }

    State inGap(boolean open, long nowNanos) {
      State now = at(nowNanos);
      State without = now.proven ? now.lost(nowNanos) : now;
      return new State(open, false, 0, without.unprovenNanos, without.losses, without.pastNanos);
    }

    private State lost(long sinceNanos) {
      return new State(gap, false, 0, sinceNanos, losses + 1, pastNanos);
    }

    State proven(long nowNanos, long until) {
      State now = at(nowNanos);
      long past = now.proven ? pastNanos : pastNanos + (nowNanos - now.unprovenNanos);
      return new State(false, true, until, 0, now.losses, past);
    }
  }

  private final Ticker ticker;
  private final long timeoutNanos;
  private volatile State state;

  /**
   * The times in which nothing was proven, whatever the reason: gaps, for those who read.
   *
   * @param losses how often a proof was lost; the time before the first one is no loss
   * @param total all such times together, the present one and that before the first proof included
   * @param present how long the present one has lasted; zero while values are proven fresh
   */
  public record Gaps(long losses, Duration total, Duration present) {}

  /**
   * @param ticker the clock of heartbeats and reads
   * @param heartbeatTimeout how long a heartbeat is good for, from its sending; positive
   */
  public Freshness(Ticker ticker, Duration heartbeatTimeout) {
    if (!heartbeatTimeout.isPositive()) {
      throw new IllegalArgumentException(
          "heartbeatTimeout must be positive, was " + heartbeatTimeout);
    }
    this.ticker = ticker;
    this.timeoutNanos = heartbeatTimeout.toNanos();
    this.state = new State(true, false, 0, ticker.read(), 0, 0);
  }

  /** Whether a value in memory is proven fresh now. */
  public boolean isFresh() {
    State now = state;
    return now.proven && now.untilNanos - ticker.read() > 0;
  }

  /** When nothing was proven, up to now. */
  public Gaps gaps() {
    State then = state;
    long nowNanos = ticker.read(); // after the state, so that no time is negative
    State now = then.at(nowNanos);
    long present = now.proven ? 0 : nowNanos - now.unprovenNanos;
    return new Gaps(
        now.losses, Duration.ofNanos(now.pastNanos + present), Duration.ofNanos(present));
  }

  void gapOpened() {
    state = state.inGap(true, ticker.read());
  }

  void gapClosed() {
    state = state.inGap(false, ticker.read());
  }

  void heartbeat(Heartbeat heartbeat) {
    State now = state;
    if (now.gap) {
      return; // it left the server before the connection was lost
    }
    long until = heartbeat.sentNanos() + timeoutNanos;
    long nowNanos = ticker.read();
    if (until - nowNanos <= 0) {
      return; // it took too long to prove anything
    }
    if (!now.proven || until - now.untilNanos > 0) {
      state = now.proven(nowNanos, until);
    }
  }
}
