/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import io.sidecache.invalidation.Invalidation;
import java.util.Set;

/**
 * What a peer asked to be told of. A peer that names groups is told of these groups and of whole
 * caches; an evicted key does not say which groups its entry had.
 */
record Interest(Set<String> caches, Set<String> groups) {

  boolean covers(Invalidation invalidation) {
    return switch (invalidation) {
      case Invalidation.Key key -> groups.isEmpty() && covers(key.cache());
      case Invalidation.Tag tag ->
          (groups.isEmpty() || groups.contains(tag.tag())) && covers(tag.cache());
      case Invalidation.WholeCache whole -> covers(whole.cache());
      case Invalidation.Everything _ -> true;
    };
  }

  private boolean covers(String cache) {
    return caches.isEmpty() || caches.contains(cache);
  }
}
