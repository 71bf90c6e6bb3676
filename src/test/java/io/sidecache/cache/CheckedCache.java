/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;

/**
 * A cache with one key beside a database with one row, as Lincheck calls them. The row's version
 * only grows; the key is in one group.
 *
 * <p>Every operation tells whether P1 held: an answer is not older than what had been applied when
 * the operation began. The naive reference, {@link AlwaysKept}, says that it always does. (Whether
 * a fill is stored is not part of it: it may be refused while an invalidation is under way, whose
 * removal a reader does not see yet.)
 *
 * <p>Public, with a public constructor, for Lincheck.
 */
public abstract class CheckedCache {
  static final String KEY = "k";
  static final String GROUP = "g";
  static final int MISS = Integer.MAX_VALUE;

  /** The row's version. */
  final AtomicInteger database = new AtomicInteger();

  private final AtomicInteger applied = new AtomicInteger();

  /** The version in memory, or {@link #MISS}. */
  abstract int inMemory();

  /** Fills as an application does: a token, the database, the fill. */
  abstract void fillFrom(AtomicInteger row);

  abstract void invalidateKey();

  abstract void invalidateGroup();

  @Operation
  public final boolean read() {
    int least = applied.get();
    return inMemory() >= least;
  }

  @Operation
  public final boolean fill() {
    fillFrom(database);
    return true;
  }

  @Operation
  public final boolean changeKey() {
    int version = change();
    invalidateKey();
    return applied(version);
  }

  @Operation
  public final boolean changeGroup() {
    int version = change();
    invalidateGroup();
    return applied(version);
  }

  /** The version that no answer may be older than from now on. */
  final int applied() {
    return applied.get();
  }

  /** Changes the row. */
  final int change() {
    return database.incrementAndGet();
  }

  final boolean applied(int version) {
    applied.accumulateAndGet(version, Math::max);
    return true;
  }

  /** The naive reference. */
  public static final class AlwaysKept {
    public boolean read() {
      return true;
    }

    public boolean load() {
      return true;
    }

    public boolean fill() {
      return true;
    }

    public boolean changeKey() {
      return true;
    }

    public boolean changeGroup() {
      return true;
    }

    public boolean changeAll() {
      return true;
    }
  }
}
