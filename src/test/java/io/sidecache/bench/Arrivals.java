/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When the last of many has heard of each key. Each must hear each key once, and no other. Any
 * thread may tell it.
 */
final class Arrivals {
  private final AtomicIntegerArray left;
  private final AtomicLongArray lastNanos;
  private final CountDownLatch keysLeft;

  /**
   * Expects keys from 0.
   *
   * @param keys how many
   * @param listeners how many hear each of them
   */
  Arrivals(int keys, int listeners) {
    this.left = new AtomicIntegerArray(keys);
    for (int key = 0; key < keys; key++) {
      left.setPlain(key, listeners);
    }
    this.lastNanos = new AtomicLongArray(keys);
    this.keysLeft = new CountDownLatch(keys);
  }

  /** One of them has heard of the key. */
  void heard(int key) {
    int now = left.decrementAndGet(key);
    if (now < 0) {
      throw new IllegalStateException("heard more than once: " + key);
    }
    if (now == 0) {
      lastNanos.set(key, System.nanoTime());
      keysLeft.countDown();
    }
  }

  /** Waits until all have heard of all; gives the times. */
  AtomicLongArray complete() throws InterruptedException {
    if (!keysLeft.await(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException("keys did not come to all; so many times: " + missing());
    }
    return lastNanos;
  }

  private Map<Integer, Integer> missing() {
    Map<Integer, Integer> missing = new TreeMap<>();
    for (int key = 0; key < left.length(); key++) {
      if (left.get(key) > 0) {
        missing.put(key, left.get(key));
      }
    }
    return missing;
  }

  /** Waits until all have heard of all; gives the time of the last. */
  long completeNanos() throws InterruptedException {
    AtomicLongArray times = complete();
    long last = times.get(0);
    for (int key = 1; key < times.length(); key++) {
      last = Math.max(last, times.get(key));
    }
    return last;
  }
}
