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
  private record State(boolean gap, boolean proven, long untilNanos) {}

  private final Ticker ticker;
  private final long timeoutNanos;
  private volatile State state = new State(true, false, 0);

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
  }

  /** Whether a value in memory is proven fresh now. */
  public boolean isFresh() {
    State now = state;
    return now.proven && now.untilNanos - ticker.read() > 0;
  }

  void gapOpened() {
    state = new State(true, false, 0);
  }

  void gapClosed() {
    state = new State(false, false, 0);
  }

  void heartbeat(Heartbeat heartbeat) {
    State now = state;
    if (now.gap) {
      return; // it left the server before the connection was lost
    }
    long until = heartbeat.sentNanos() + timeoutNanos;
    if (!now.proven || until - now.untilNanos > 0) {
      state = new State(false, true, until);
    }
  }
}
