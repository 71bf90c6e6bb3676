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
 * @param renewal how entries come to their end and are loaded anew
 */
public record CacheSettings(
    String name,
    Bound bound,
    Optional<Duration> expireAfterWrite,
    Optional<Duration> expireAfterAccess,
    Duration negativeLife,
    OnGap onGap,
    long maximumEntryBytes,
    boolean unfencedFills,
    Renewal renewal) {

  public CacheSettings {
    requirePositive("maximumEntryBytes", maximumEntryBytes);
  }

  /** A cache whose entries end exactly at the end of their life, and are gone then. */
  public CacheSettings(
      String name,
      Bound bound,
      Optional<Duration> expireAfterWrite,
      Optional<Duration> expireAfterAccess,
      Duration negativeLife,
      OnGap onGap,
      long maximumEntryBytes,
      boolean unfencedFills) {
    this(
        name,
        bound,
        expireAfterWrite,
        expireAfterAccess,
        negativeLife,
        onGap,
        maximumEntryBytes,
        unfencedFills,
        Renewal.NONE);
  }

  /**
   * How entries come to their end and are loaded anew.
   *
   * @param jitterPercent the part by which a life may be shortened, 0 to 100
   * @param refreshAfterWrite the age from which on a hit has an entry loaded anew; empty for never
   * @param staleWhileRevalidate how long an entry may be served past its end while it is loaded
   *     anew; zero for not at all
   * @param staleIfError how long an entry may be served past its end where its load fails
   */
  public record Renewal(
      int jitterPercent,
      Optional<Duration> refreshAfterWrite,
      Duration staleWhileRevalidate,
      Duration staleIfError) {
    static final Renewal NONE = new Renewal(0, Optional.empty(), Duration.ZERO, Duration.ZERO);

    public Renewal {
      if (jitterPercent < 0 || jitterPercent > 100) {
        throw new IllegalArgumentException("jitterPercent must be 0 to 100, was " + jitterPercent);
      }
    }
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
