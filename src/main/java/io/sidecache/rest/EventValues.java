/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.cache.Entry;
import io.sidecache.cache.NamedCache;
import io.sidecache.stream.ValueSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What a key's value is now, for the live stream: from memory, or by the cache's own load with its
 * limits. JSON stands as it is, text as a string, all else as Base64; a row that does not exist is
 * {@code null}; a value that is too long is left out.
 */
public final class EventValues implements ValueSource {
  static final int LONGEST_VALUE = 256 * 1024;

  private final Caches caches;

  public EventValues(Caches caches) {
    this.caches = caches;
  }

  @Override
  public CompletionStage<String> members(String cache, String key) {
    Optional<NamedCache> found = caches.find(cache).filter(NamedCache::isReadThrough);
    if (found.isEmpty()) {
      return CompletableFuture.completedFuture("");
    }
    return found
        .get()
        .peek(key)
        .<CompletionStage<String>>map(entry -> CompletableFuture.completedFuture(members(entry)))
        .orElseGet(() -> load(found.get(), key));
  }

  private static CompletionStage<String> load(NamedCache cache, String key) {
    return cache.load(key, false, false).thenApply(loaded -> members(loaded.entry()));
  }

  private static String members(Entry entry) {
    if (entry.isNegative()) {
      return "\"value\":null";
    }
    if (entry.body().length > LONGEST_VALUE) {
      return "";
    }
    StringBuilder out = new StringBuilder();
    ValueMembers.append(out, entry);
    // A line break would end the event's line; in JSON it can only stand between tokens.
    return out.toString().replace('\n', ' ').replace('\r', ' ');
  }
}
