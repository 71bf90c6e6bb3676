/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import io.sidecache.invalidation.Invalidation;
import java.util.Set;

/**
 * Which evictions a reader wants. Resets and gaps reach every reader.
 *
 * @param caches the caches it wants; empty means all
 * @param groups the groups it wants; empty means all, and single keys too. A single key's eviction
 *     does not tell its groups, so it is left out where groups are named
 */
public record StreamFilter(Set<String> caches, Set<String> groups) {
  public StreamFilter {
    caches = Set.copyOf(caches);
    groups = Set.copyOf(groups);
  }

  boolean wants(Invalidation invalidation) {
    return switch (invalidation) {
      case Invalidation.Key key -> groups.isEmpty() && wantsCache(key.cache());
      case Invalidation.Tag tag ->
          (groups.isEmpty() || groups.contains(tag.tag())) && wantsCache(tag.cache());
      case Invalidation.WholeCache whole -> wantsCache(whole.cache());
      case Invalidation.Everything ignored -> true;
    };
  }

  private boolean wantsCache(String cache) {
    return caches.isEmpty() || caches.contains(cache);
  }

  /** Names no group, so that a stray log statement cannot print one. */
  @Override
  public String toString() {
    return "StreamFilter[caches=" + caches.size() + ", groups=" + groups.size() + "]";
  }
}
