/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets a limited number of loads run and a limited number wait; turns the rest away at once.
 *
 * <p>For virtual threads: waiting parks the caller. First come, first served.
 */
public final class LoadGate {
  private final Semaphore permits;
  private final int maximumRunning;
  private final int maximumWaiting;
  private final AtomicInteger present = new AtomicInteger();

  /**
   * @param maximumRunning how many may run at once, 1 or more
   * @param maximumWaiting how many may wait beside them, 0 or more
   */
  public LoadGate(int maximumRunning, int maximumWaiting) {
    if (maximumRunning < 1 || maximumWaiting < 0) {
      throw new IllegalArgumentException(
          "a gate needs room for 1 to run and 0 to wait at least, was "
              + maximumRunning
              + " and "
              + maximumWaiting);
    }
    this.permits = new Semaphore(maximumRunning, true);
    this.maximumRunning = maximumRunning;
    this.maximumWaiting = maximumWaiting;
  }

  /**
   * Comes in, or finds the room full. Whoever came in leaves with {@link #leave}, whatever {@link
   * #awaitTurn} said.
   */
  boolean enter() {
    if (present.incrementAndGet() > maximumRunning + maximumWaiting) {
      present.decrementAndGet();
      return false;
    }
    return true;
  }

  /** Waits for a turn; false when none came in time. A turn is given back with {@link #endTurn}. */
  boolean awaitTurn(Duration limit) throws InterruptedException {
    return permits.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  void endTurn() {
    permits.release();
  }

  void leave() {
    present.decrementAndGet();
  }

  /** Whether a turn is free now and nobody waits for one. */
  boolean isIdle() {
    return permits.availablePermits() > 0 && !permits.hasQueuedThreads();
  }

  /** Whether half of the turns, rounded down, would still be free after one more had come in. */
  boolean hasRoomToSpare() {
    // Whoever has come in but has no turn yet counts, too; the gate of a pool is passed uncounted.
    int taken = Math.max(present.get(), maximumRunning - permits.availablePermits());
    return taken + 1 <= maximumRunning - maximumRunning / 2;
  }

  /** How many run or wait now. */
  public int present() {
    return present.get();
  }
}
