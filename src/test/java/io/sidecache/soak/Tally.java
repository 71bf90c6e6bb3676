/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what happened. Safe from any thread. */
public final class Tally {
  private final LongAdder reads = new LongAdder();
  private final LongAdder hits = new LongAdder();
  private final Map<String, LongAdder> kinds = new ConcurrentHashMap<>();

  void answered(Answer answer) {
    reads.increment();
    if (answer.isPlainHit()) {
      hits.increment();
    } else {
      count("answers " + answer.status() + " " + answer.cacheStatus());
    }
  }

  void count(String kind) {
    count(kind, 1);
  }

  void count(String kind, long by) {
    kinds.computeIfAbsent(kind, k -> new LongAdder()).add(by);
  }

  public long reads() {
    return reads.sum();
  }

  /** Of all answers, the part that came from memory and was called fresh. */
  double hitRatio() {
    return reads.sum() == 0 ? 0 : (double) hits.sum() / reads.sum();
  }

  /** The sum of all kinds that start so. */
  public long sum(String start) {
    return kinds.entrySet().stream()
        .filter(kind -> kind.getKey().startsWith(start))
        .mapToLong(kind -> kind.getValue().sum())
        .sum();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("  %,14d  reads, hit ratio %.4f%n".formatted(reads(), hitRatio()));
    new TreeMap<>(kinds)
        .forEach((kind, count) -> text.append("  %,14d  %s%n".formatted(count.sum(), kind)));
    return text.toString();
  }
}
