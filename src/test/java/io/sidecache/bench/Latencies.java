/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.Histogram;

/**
 * What one listener heard in one round: how long after its commit was sent each key came.
 *
 * <p>One thread hears; the sending times are written by another, before the key is on its way.
 */
final class Latencies {
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final AtomicLongArray sentNanos;
  private final long[] heardNanos;
  private final CountDownLatch left;

  Latencies(AtomicLongArray sentNanos) {
    this.sentNanos = sentNanos;
    this.heardNanos = new long[sentNanos.length()];
    this.left = new CountDownLatch(sentNanos.length());
  }

  /**
   * The key's invalidation has taken effect. The same key twice, or one of nobody's, is a fault.
   */
  void heard(String key) {
    heard(Integer.parseInt(key), System.nanoTime());
  }

  /** The same, of something that happened at that time. */
  void heard(int index, long nowNanos) {
    if (heardNanos[index] != 0) {
      throw new IllegalStateException("heard twice: " + index);
    }
    heardNanos[index] = nowNanos - sentNanos.getAcquire(index);
    left.countDown();
  }

  /** Waits until every key was heard. */
  Histogram complete() throws InterruptedException {
    if (!left.await(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException(left.getCount() + " notifications did not arrive");
    }
    Histogram histogram = new Histogram(LONGEST_NANOS, 3);
    Arrays.stream(heardNanos).forEach(histogram::recordValue);
    return histogram;
  }
}
