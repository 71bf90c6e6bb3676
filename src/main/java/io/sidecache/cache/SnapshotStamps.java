/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal.Heartbeat;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a reader's snapshot is worth in stamps of one cache's {@link Fence}.
 *
 * <p>Every change that had been applied when a heartbeat was sent was committed by then, and the
 * heartbeat's snapshot, taken later, sees it. So a reader whose snapshot includes that one has seen
 * all changes up to the stamp of that moment. Design: docs/adr/0015.
 *
 * <p>Bounded: the last {@value #MOST} heartbeats, at most one every {@value #SPACING_MILLIS} ms;
 * whoever reads with an older snapshot is refused. Read from any thread, never blocks; one thread
 * at a time writes.
 */
final class SnapshotStamps {
  static final int MOST = 512;
  static final int SPACING_MILLIS = 100;

  private static final long SPACING_NANOS = SPACING_MILLIS * 1_000_000L;

  /**
   * A heartbeat that was applied.
   *
   * @param snapshot what it carried
   * @param seen up to which stamp a reader has seen all changes whose snapshot includes it; empty
   *     where no earlier heartbeat tells
   * @param applied the fence's stamp when it was applied
   * @param appliedNanos the clock after that stamp was read
   */
  private record Applied(Snapshot snapshot, OptionalLong seen, long applied, long appliedNanos) {}

  private final Fence fence;
  private final Ticker ticker;
  private boolean gap = true;

  /** Oldest first; replaced as a whole. */
  private volatile List<Applied> heartbeats = List.of();

  SnapshotStamps(Fence fence, Ticker ticker) {
    this.fence = fence;
    this.ticker = ticker;
  }

  /**
   * Forgets all: the ids of another history mean nothing, and nobody knows yet whose comes next.
   */
  void gapOpened() {
    gap = true;
    heartbeats = List.of();
  }

  void gapClosed() {
    gap = false;
    heartbeats = List.of();
  }

  /** Takes note of a heartbeat; called behind all changes that it stands for. */
  void applied(Heartbeat heartbeat) {
    if (gap) {
      return; // it left the server before the connection was lost
    }
    long stamp = fence.now();
    long nowNanos = ticker.read();
    List<Applied> known = heartbeats;
    if (!known.isEmpty() && nowNanos - known.getLast().appliedNanos < SPACING_NANOS) {
      return;
    }
    List<Applied> next = new ArrayList<>(known.size() + 1);
    next.addAll(known.size() < MOST ? known : known.subList(1, known.size()));
    next.add(
        new Applied(
            heartbeat.snapshot(), stampBefore(known, heartbeat.sentNanos()), stamp, nowNanos));
    heartbeats = next;
  }

  /** What had been applied for certain when the heartbeat was sent. */
  private static OptionalLong stampBefore(List<Applied> known, long sentNanos) {
    for (Applied earlier : known.reversed()) {
      if (sentNanos - earlier.appliedNanos >= 0) {
        return OptionalLong.of(earlier.applied);
      }
    }
    return OptionalLong.empty();
  }

  /** Up to which stamp a reader with this snapshot has seen all changes; empty where none tells. */
  OptionalLong seenBy(Snapshot reader) {
    for (Applied heartbeat : heartbeats.reversed()) {
      if (heartbeat.seen.isPresent() && reader.includes(heartbeat.snapshot)) {
        return heartbeat.seen;
      }
    }
    return OptionalLong.empty();
  }
}
