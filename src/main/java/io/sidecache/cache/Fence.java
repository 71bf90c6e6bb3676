/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The order of invalidations and fills of one cache: a logical clock that every invalidation
 * advances, and the stamp of the newest invalidation per key stripe, per group stripe and of the
 * whole cache.
 *
 * <p>A filler reads {@link #now()} before it reads the database. Its value may be stored only while
 * {@link #admits} holds for that stamp: nothing that concerns the key was invalidated since. Keys
 * share stripes, so an unrelated invalidation can refuse a fill; that costs a miss, never a stale
 * value.
 *
 * <p>Safe from any thread, never blocks, fixed size (1 MiB). Design: docs/adr/0002.
 */
final class Fence {
  static final int STRIPES = 65_536;

  private final AtomicLong clock = new AtomicLong();
  private final AtomicLongArray keyStamps = new AtomicLongArray(STRIPES);
  private final AtomicLongArray groupStamps = new AtomicLongArray(STRIPES);
  private final AtomicLong wholeStamp = new AtomicLong();

  /** The present stamp. A database read that begins after this call sees all it stands for. */
  long now() {
    return clock.get();
  }

  /**
   * Refuses every fill of the key whose stamp was taken before this call. The caller removes the
   * entry afterwards, not before: a fill that passed its check earlier holds the map's bin until it
   * has stored, so the removal finds what it stored.
   */
  void invalidateKey(String key) {
    raise(keyStamps, stripe(key));
  }

  /** Refuses and outdates every entry of the group whose stamp was taken before this call. */
  void invalidateGroup(String group) {
    raise(groupStamps, stripe(group));
  }

  /** Refuses and outdates every entry whose stamp was taken before this call. */
  void invalidateAll() {
    wholeStamp.accumulateAndGet(clock.incrementAndGet(), Math::max);
  }

  /** Whether a value read from the database after {@code stamp} was taken may be stored. */
  boolean admits(String key, List<String> groups, long stamp) {
    return stamp >= keyStamps.get(stripe(key)) && isCurrent(groups, stamp);
  }

  /**
   * Whether a stored entry is still good. A single key's invalidation removes its entry instead,
   * since its stripe is shared with entries that stay good.
   */
  boolean isCurrent(List<String> groups, long stamp) {
    if (stamp < wholeStamp.get()) {
      return false;
    }
    // Indexed, since this is the read path and an iterator would be garbage per hit.
    for (int i = 0; i < groups.size(); i++) {
      if (stamp < groupStamps.get(stripe(groups.get(i)))) {
        return false;
      }
    }
    return true;
  }

  private void raise(AtomicLongArray stamps, int stripe) {
    stamps.accumulateAndGet(stripe, clock.incrementAndGet(), Math::max);
  }

  private static int stripe(String name) {
    int hash = name.hashCode() * 0x9E3779B9; // spreads the weak low bits of String.hashCode
    return hash >>> 16;
  }
}
