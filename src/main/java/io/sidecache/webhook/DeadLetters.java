/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages to one peer that were given up. Bounded by number and by bytes: the oldest is
 * dropped first, which is counted. Safe for any thread.
 */
final class DeadLetters {
  static final long MOST_BYTES = 16L << 20;

  private final int capacity;
  private final ArrayDeque<Kept> kept = new ArrayDeque<>();
  private long bytes;
  private long dropped;

  private record Kept(Batch batch, DeadLetter letter) {}

  DeadLetters(int capacity) {
    this.capacity = capacity;
  }

  synchronized void add(Batch batch, Instant at, int attempts, String reason) {
    DeadLetter letter =
        new DeadLetter(batch.id(), at, batch.events(), batch.body().length, attempts, reason);
    kept.add(new Kept(batch, letter));
    bytes += batch.body().length;
    while (kept.size() > capacity || bytes > MOST_BYTES) {
      bytes -= kept.remove().batch().body().length;
      dropped++;
    }
  }

  /** What is kept, oldest first. */
  synchronized List<DeadLetter> list() {
    return kept.stream().map(Kept::letter).toList();
  }

  /** Takes out all messages, oldest first. */
  synchronized List<Batch> takeAll() {
    List<Batch> batches = new ArrayList<>(kept.size());
    kept.forEach(k -> batches.add(k.batch()));
    kept.clear();
    bytes = 0;
    return batches;
  }

  synchronized int size() {
    return kept.size();
  }

  synchronized long dropped() {
    return dropped;
  }
}
