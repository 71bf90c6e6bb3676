/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * When something is due, at an even rate, whether what was due before has been done or not: who
 * measures from there on measures the wait for a slow answer, too. Safe from any thread.
 */
final class Schedule {
  private final long startNanos;
  private final long intervalNanos;
  private final long count;
  private final AtomicLong next = new AtomicLong();

  Schedule(int perSecond, Duration length) {
    this.startNanos = System.nanoTime();
    this.intervalNanos = 1_000_000_000L / Math.max(1, perSecond);
    this.count = perSecond == 0 ? 0 : length.toNanos() / intervalNanos;
  }

  /** What the next one is; negative when all have been given out. */
  long take() {
    long index = next.getAndIncrement();
    return index < count ? index : -1;
  }

  /** When it is due, by {@link System#nanoTime}; returns not before. */
  long await(long index) {
    long dueNanos = startNanos + index * intervalNanos;
    for (long left = dueNanos - System.nanoTime(); left > 0; left = dueNanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return dueNanos;
  }
}
