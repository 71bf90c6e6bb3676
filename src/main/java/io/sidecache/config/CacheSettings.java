/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * One cache ({@code sidecache.caches.<name>}).
 *
 * @param name its name, which is a path segment of the HTTP interface
 * @param limit how much it may hold
 * @param maximumEntryBytes the longest value that it stores
 * @param expireAfterWrite how long an entry lives after it was stored; empty means until evicted
 * @param expireAfterAccess how long an entry lives after it was last read or stored
 * @param expiryJitterPercent by how much of it a life may be shortened, so that entries stored
 *     together do not end together
 * @param refreshAfterWrite the age from which on a hit has a value loaded anew
 * @param load how a miss reads PostgreSQL; empty makes the cache look-aside
 * @param onGap what it answers while it cannot prove that a value is fresh
 * @param unfencedFills whether an application may fill it without a token
 * @param staleWhileRevalidate how long an expired value may be served while it is loaded anew
 * @param staleIfError how long an expired value may be served when its load fails
 */
public record CacheSettings(
    String name,
    Limit limit,
    long maximumEntryBytes,
    Optional<Duration> expireAfterWrite,
    Optional<Duration> expireAfterAccess,
    int expiryJitterPercent,
    Optional<Duration> refreshAfterWrite,
    Optional<Load> load,
    OnGap onGap,
    boolean unfencedFills,
    Optional<Duration> staleWhileRevalidate,
    Optional<Duration> staleIfError) {

  public CacheSettings {
    Objects.requireNonNull(limit, "limit");
    Objects.requireNonNull(expireAfterWrite, "expireAfterWrite");
    Objects.requireNonNull(expireAfterAccess, "expireAfterAccess");
    Objects.requireNonNull(refreshAfterWrite, "refreshAfterWrite");
    Objects.requireNonNull(load, "load");
    Objects.requireNonNull(onGap, "onGap");
    Objects.requireNonNull(staleWhileRevalidate, "staleWhileRevalidate");
    Objects.requireNonNull(staleIfError, "staleIfError");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("name must not be empty");
    }
    requirePositive("maximumEntryBytes", maximumEntryBytes);
  }

  /** How much a cache may hold. */
  public sealed interface Limit {
    /**
     * Limited by memory ({@code maximum-weight}).
     *
     * @param bytes keys, values and our overhead together
     */
    record Weight(long bytes) implements Limit {
      public Weight {
        requirePositive("bytes", bytes);
      }
    }

    /**
     * Limited by number ({@code maximum-size}).
     *
     * @param count how many entries
     */
    record Entries(long count) implements Limit {
      public Entries {
        requirePositive("count", count);
      }
    }
  }

  /**
   * How a miss reads PostgreSQL.
   *
   * @param sql one statement with JDBC's {@code ?} parameters; returns one row at most
   * @param parameters how many parameters it has; as many as the key has parts
   * @param timeout how long one load may take
   * @param maxConcurrent how many loads of this cache may run at once
   * @param negativeTtl how long "there is no such row" is kept; zero does not keep it
   */
  public record Load(
      String sql, int parameters, Duration timeout, int maxConcurrent, Duration negativeTtl) {
    public Load {
      Objects.requireNonNull(sql, "sql");
      Objects.requireNonNull(timeout, "timeout");
      Objects.requireNonNull(negativeTtl, "negativeTtl");
      requirePositive("parameters", parameters);
      requirePositive("maxConcurrent", maxConcurrent);
    }
  }

  /** What a cache answers while a gap is open. */
  public sealed interface OnGap {
    /** A miss: nothing is served from memory. */
    record Bypass() implements OnGap {}

    /**
     * The value in memory, marked as such.
     *
     * @param maxStale the greatest age, counted from its fill, of what is served
     */
    record ServeStale(Duration maxStale) implements OnGap {
      public ServeStale {
        Objects.requireNonNull(maxStale, "maxStale");
      }
    }
  }

  private static void requirePositive(String field, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(field + " must be at least 1, was " + value);
    }
  }
}
