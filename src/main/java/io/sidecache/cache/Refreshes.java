/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Loads that nobody waits for: of entries that are due before their end, and of those that are
 * served past it meanwhile.
 *
 * <p>One for each key at a time, since they are {@link Flights} like any other. They leave half of
 * the cache's concurrent loads to misses, and after a failure there is a pause, so that an outage
 * does not make each hit a load. What is not begun now is tried again by the next hit. Safe from
 * any thread, never blocks, never fails.
 */
final class Refreshes {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Loader loader;
  private final Flights flights;
  private final Counters count;
  private final Ticker ticker;
  private final AtomicBoolean beginning = new AtomicBoolean();
  private volatile boolean paused;
  private volatile long pausedUntilNanos;

  Refreshes(Loader loader, Flights flights, Counters count, Ticker ticker) {
    this.loader = loader;
    this.flights = flights;
    this.count = count;
    this.ticker = ticker;
  }

  /**
   * Loads a key anew, or leaves that to the next hit.
   *
   * @param wanted whether nobody else has done it in the meantime; asked while no load can end
   */
  void begin(String key, BooleanSupplier wanted) {
    if (isPaused() || !beginning.compareAndSet(false, true)) {
      return;
    }
    try { // one at a time, so that the room is not given away twice
      if (loader.hasRoomToSpare()) {
        flights
            .refresh(key, wanted)
            .ifPresent(load -> load.whenComplete((loaded, failure) -> ended(failure != null)));
      }
    } finally {
      beginning.set(false);
    }
  }

  private boolean isPaused() {
    return paused && pausedUntilNanos - ticker.read() > 0;
  }

  private void ended(boolean failed) {
    if (failed) {
      count.refreshFailures.increment();
      pausedUntilNanos = ticker.read() + PAUSE_NANOS;
    } else {
      count.refreshes.increment();
    }
    paused = failed;
  }
}
