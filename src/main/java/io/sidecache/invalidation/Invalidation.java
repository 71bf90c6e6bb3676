/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.invalidation;

import java.util.Objects;

/**
 * An instruction to forget cached values. It is idempotent: it may be repeated, folded or widened
 * (key, then tag, then whole cache, then everything), but never lost.
 */
public sealed interface Invalidation {

  /**
   * One entry of one cache.
   *
   * @param cache the cache's configured name
   * @param key the entry's key as text; never logged
   */
  record Key(String cache, String key) implements Invalidation {
    public Key {
      requireName("cache", cache);
      Objects.requireNonNull(key, "key");
    }

    /** Names the cache alone, so that a stray log statement cannot print a key. */
    @Override
    public String toString() {
      return "Key[cache=" + cache + "]";
    }
  }

  /**
   * All entries of one cache that carry a tag (the HTTP interface calls it a cache group, RFC
   * 9875).
   *
   * @param cache the cache's configured name
   * @param tag the group's name; never logged
   */
  record Tag(String cache, String tag) implements Invalidation {
    public Tag {
      requireName("cache", cache);
      requireName("tag", tag);
    }

    /** Names the cache alone, so that a stray log statement cannot print a group. */
    @Override
    public String toString() {
      return "Tag[cache=" + cache + "]";
    }
  }

  /**
   * All entries of one cache.
   *
   * @param cache the cache's configured name
   */
  record WholeCache(String cache) implements Invalidation {
    public WholeCache {
      requireName("cache", cache);
    }
  }

  /** All entries of all caches. */
  record Everything() implements Invalidation {}

  private static void requireName(String field, String value) {
    if (value.isEmpty()) {
      throw new IllegalArgumentException(field + " must not be empty");
    }
  }
}
