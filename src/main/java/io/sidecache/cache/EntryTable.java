/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.cache.CacheSettings.Bound;
import java.util.concurrent.Executor;

/** Makes the Caffeine table of one cache's entries: its bound, its entries' lives, its counts. */
final class EntryTable {
  /** Estimated heap per entry beside key and body: node, entry, array and string headers, table. */
  static final int OVERHEAD_BYTES = 250;

  /** Estimated heap per group of an entry beside its characters: string and array headers. */
  private static final int GROUP_OVERHEAD_BYTES = 60;

  private EntryTable() {}

  static Cache<String, Entry> create(
      CacheSettings settings, Ageing ageing, Ticker ticker, Executor background, Counters count) {
    Caffeine<Object, Object> builder = Caffeine.newBuilder().ticker(ticker).executor(background);
    Caffeine<String, Entry> bounded =
        switch (settings.bound()) {
          case Bound.Weight weight ->
              builder.maximumWeight(weight.bytes()).weigher(EntryTable::weigh);
          case Bound.Size size -> {
            @SuppressWarnings("unchecked") // Caffeine's builder is narrowed by its first typed call
            Caffeine<String, Entry> narrowed =
                (Caffeine<String, Entry>) (Caffeine<?, ?>) builder.maximumSize(size.entries());
            yield narrowed;
          }
        };
    return bounded
        .expireAfter(new Lifetime(ageing))
        .evictionListener((key, entry, cause) -> countRemoval(count, cause))
        .build();
  }

  private static void countRemoval(Counters count, RemovalCause cause) {
    switch (cause) {
      case EXPIRED -> count.expired.increment();
      case SIZE -> count.displaced.increment();
      case EXPLICIT, REPLACED, COLLECTED -> {} // counted where they are caused
    }
  }

  private static int weigh(String key, Entry entry) {
    long bytes = (long) OVERHEAD_BYTES + bytes(key) + entry.body().length;
    for (String group : entry.groups()) {
      bytes += GROUP_OVERHEAD_BYTES + bytes(group);
    }
    return (int) Math.min(Integer.MAX_VALUE, bytes);
  }

  /** As the JVM keeps it (JEP 254): two bytes a character where one of them is not of Latin-1. */
  private static long bytes(String text) {
    return text.chars().allMatch(c -> c <= 0xFF) ? text.length() : 2L * text.length();
  }
}
