/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The product's {@link Fence} over a plain map, right or with one mistake: shows that the check
 * finds each.
 */
abstract class CheckedMap extends CheckedCache {
  private static final List<String> GROUPS = List.of(GROUP);

  private final Mistake mistake;
  private final Fence fence = new Fence();
  private final ConcurrentHashMap<String, Stored> entries = new ConcurrentHashMap<>();

  private record Stored(int version, long stamp) {}

  enum Mistake {
    NONE,
    /** The entry is removed before fills are refused. */
    REMOVE_FIRST,
    /** Whether a fill may be stored is asked before the map's bin is held. */
    CHECK_OUTSIDE,
    /** The token is taken after the database was read. */
    LATE_TOKEN,
    /** What was loaded anew is put in place without asking, as if nothing could have changed. */
    REFRESH_UNFENCED,
    /** A read does not ask whether the entry's group was invalidated. */
    READ_UNCHECKED
  }

  CheckedMap(Mistake mistake) {
    this.mistake = mistake;
  }

  @Override
  int inMemory() {
    Stored stored = entries.get(KEY);
    return stored != null
            && (mistake == Mistake.READ_UNCHECKED || fence.isCurrent(GROUPS, stored.stamp))
        ? stored.version
        : MISS;
  }

  @Override
  void fillFrom(AtomicInteger row) {
    Stored fill;
    if (mistake == Mistake.LATE_TOKEN) {
      int version = row.get();
      fill = new Stored(version, fence.now());
    } else {
      long stamp = fence.now();
      fill = new Stored(row.get(), stamp);
    }
    if (mistake == Mistake.REFRESH_UNFENCED) {
      entries.put(KEY, fill);
      return;
    }
    if (mistake == Mistake.CHECK_OUTSIDE) {
      if (fence.admits(KEY, GROUPS, fill.stamp)) {
        entries.put(KEY, fill);
      }
      return;
    }
    entries.compute(KEY, (key, present) -> admitted(key, present, fill));
  }

  private @Nullable Stored admitted(String key, @Nullable Stored present, Stored fill) {
    return fence.admits(key, GROUPS, fill.stamp) ? fill : present;
  }

  @Override
  void invalidateKey() {
    if (mistake == Mistake.REMOVE_FIRST) {
      entries.remove(KEY);
      fence.invalidateKey(KEY);
    } else {
      fence.invalidateKey(KEY);
      entries.remove(KEY);
    }
  }

  @Override
  void invalidateGroup() {
    fence.invalidateGroup(GROUP);
  }

  /** Without a mistake. */
  public static final class Right extends CheckedMap {
    public Right() {
      super(Mistake.NONE);
    }
  }

  /** {@link Mistake#REMOVE_FIRST}. */
  public static final class RemoveFirst extends CheckedMap {
    public RemoveFirst() {
      super(Mistake.REMOVE_FIRST);
    }
  }

  /** {@link Mistake#CHECK_OUTSIDE}. */
  public static final class CheckOutside extends CheckedMap {
    public CheckOutside() {
      super(Mistake.CHECK_OUTSIDE);
    }
  }

  /** {@link Mistake#LATE_TOKEN}. */
  public static final class LateToken extends CheckedMap {
    public LateToken() {
      super(Mistake.LATE_TOKEN);
    }
  }

  /** {@link Mistake#REFRESH_UNFENCED}. */
  public static final class RefreshUnfenced extends CheckedMap {
    public RefreshUnfenced() {
      super(Mistake.REFRESH_UNFENCED);
    }
  }

  /** {@link Mistake#READ_UNCHECKED}. */
  public static final class ReadUnchecked extends CheckedMap {
    public ReadUnchecked() {
      super(Mistake.READ_UNCHECKED);
    }
  }
}
