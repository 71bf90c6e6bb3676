/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.source.Trouble;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How often each kind of fault was met, and which one came last. Safe for any thread. */
final class TroubleCounts {
  private final Map<Trouble, Long> counts = new ConcurrentHashMap<>();
  private volatile @Nullable Trouble last;

  TroubleCounts() {
    for (Trouble trouble : Trouble.values()) {
      counts.put(trouble, 0L);
    }
  }

  void count(Trouble trouble) {
    counts.merge(trouble, 1L, Long::sum);
    last = trouble;
  }

  Optional<Trouble> last() {
    return Optional.ofNullable(last);
  }

  /** All kinds, those that never came included. */
  Map<Trouble, Long> counts() {
    return Map.copyOf(counts);
  }
}
