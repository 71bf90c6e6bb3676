/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.time.Duration;
import java.util.Optional;

/**
 * How one cache behaves.
 *
 * @param name its name, a path segment of the HTTP interface
 * @param bound what limits its size
 * @param expireAfterWrite how long an entry may live; empty for no limit
 * @param expireAfterAccess how long an entry may go unread; empty for no limit
 * @param negativeLife how long the absence of a row may be remembered; zero not to remember it
 * @param onGap what a read gets while freshness cannot be proven
 * @param maximumEntryBytes the largest value that is stored
 * @param unfencedFills whether a fill without a token is taken
 */
public record CacheSettings(
    String name,
    Bound bound,
    Optional<Duration> expireAfterWrite,
    Optional<Duration> expireAfterAccess,
    Duration negativeLife,
    OnGap onGap,
    long maximumEntryBytes,
    boolean unfencedFills) {

  public CacheSettings {
    requirePositive("maximumEntryBytes", maximumEntryBytes);
  }

  /** What limits a cache's size. */
  public sealed interface Bound {
    /** Bytes of memory, keys and an estimate of the overhead per entry included. */
    record Weight(long bytes) implements Bound {
      public Weight {
        requirePositive("bytes", bytes);
      }
    }

    /** A number of entries. */
    record Size(long entries) implements Bound {
      public Size {
        requirePositive("entries", entries);
      }
    }
  }

  /** What a read gets while freshness cannot be proven. */
  public sealed interface OnGap {
    /** The database's answer, or a miss: never a value from memory. */
    record Bypass() implements OnGap {}

    /** The value from memory, said to be stale, while it was filled at most this long ago. */
    record ServeStale(Duration maxStale) implements OnGap {
      public ServeStale {
        if (!maxStale.isPositive()) {
          throw new IllegalArgumentException("maxStale must be positive, was " + maxStale);
        }
      }
    }
  }

  private static void requirePositive(String field, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(field + " must be positive, was " + value);
    }
  }
}
