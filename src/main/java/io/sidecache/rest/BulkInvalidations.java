/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.cache.NamedCache;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.InvalidationSource;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Evicts many keys and groups of one cache: everywhere in one transaction, or here alone. */
final class BulkInvalidations implements BulkHandler.Call {
  static final int MOST_NAMES = 10_000;

  /** Room for so many names of the greatest length, most of their characters escaped. */
  private static final int LARGEST_BODY = 16 * 1024 * 1024;

  private final Caches caches;
  private final InvalidationSource source;

  BulkInvalidations(Caches caches, InvalidationSource source) {
    this.caches = caches;
    this.source = source;
  }

  @Override
  public int largestBody() {
    return LARGEST_BODY;
  }

  @Override
  public CompletionStage<String> answer(HttpServerRequest request, NamedCache cache, byte[] body) {
    boolean local = Scope.of(request) == Scope.LOCAL;
    Map<String, Set<String>> lists = NameLists.read(body, Set.of("keys", "groups"), MOST_NAMES);
    Set<String> keys = lists.getOrDefault("keys", Set.of());
    Set<String> groups = lists.getOrDefault("groups", Set.of());
    String name = cache.settings().name();
    List<Invalidation> invalidations = new ArrayList<>(keys.size() + groups.size());
    keys.forEach(key -> invalidations.add(new Invalidation.Key(name, key)));
    groups.forEach(group -> invalidations.add(new Invalidation.Tag(name, group)));
    String counts = "{\"keys\":" + keys.size() + ",\"groups\":" + groups.size() + "}";
    if (local) {
      invalidations.forEach(caches::invalidate);
      return CompletableFuture.completedStage(counts);
    }
    return source.publish(invalidations).thenApply(done -> counts);
  }
}
