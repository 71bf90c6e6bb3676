/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.pipeline.InvalidationSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceSignal.Changed;
import io.sidecache.source.SourceSignal.GapClosed;
import io.sidecache.source.SourceSignal.GapOpened;
import io.sidecache.source.SourceSignal.Heartbeat;
import io.sidecache.source.SourceSignal.Rejected;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * All caches by name, and the sink that applies invalidations to them.
 *
 * <p>An invalidation of a cache that is not configured here is not an error: it belongs to another
 * sidecar of the same database.
 */
public final class Caches implements InvalidationSink {
  private final SortedMap<String, NamedCache> byName = new TreeMap<>();
  private final Freshness freshness;

  public Caches(Collection<NamedCache> caches, Freshness freshness) {
    this.freshness = freshness;
    for (NamedCache cache : caches) {
      if (byName.put(cache.settings().name(), cache) != null) {
        throw new IllegalArgumentException("two caches have the name " + cache.settings().name());
      }
    }
  }

  /** The cache of this name. */
  public Optional<NamedCache> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** All caches, sorted by name. */
  public Collection<NamedCache> all() {
    return Collections.unmodifiableCollection(byName.values());
  }

  /** What proves that they are fresh. */
  public Freshness freshness() {
    return freshness;
  }

  @Override
  public void apply(long sequence, SourceSignal signal) {
    switch (signal) {
      case Changed changed -> invalidate(changed.invalidation());
      case Rejected rejected -> with(rejected.cache(), Caches::reject);
      case Heartbeat heartbeat -> {
        freshness.heartbeat(heartbeat);
        byName.values().forEach(cache -> cache.snapshotStamps().applied(heartbeat));
      }
      case GapOpened ignored -> {
        freshness.gapOpened();
        byName.values().forEach(cache -> cache.snapshotStamps().gapOpened());
      }
      case GapClosed ignored -> {
        freshness.gapClosed();
        byName.values().forEach(cache -> cache.snapshotStamps().gapClosed());
      }
    }
  }

  /** Applies an invalidation in this process alone. Safe from any thread; never blocks. */
  public void invalidate(Invalidation invalidation) {
    switch (invalidation) {
      case Invalidation.Key key -> with(key.cache(), cache -> cache.invalidateKey(key.key()));
      case Invalidation.Tag tag -> with(tag.cache(), cache -> cache.invalidateGroup(tag.tag()));
      case Invalidation.WholeCache whole -> with(whole.cache(), NamedCache::invalidateAll);
      case Invalidation.Everything ignored -> byName.values().forEach(NamedCache::invalidateAll);
    }
  }

  private static void reject(NamedCache cache) {
    cache.countRejectedPayload();
    cache.invalidateAll();
  }

  private void with(String name, Consumer<NamedCache> action) {
    NamedCache cache = byName.get(name);
    if (cache != null) {
      action.accept(cache);
    }
  }
}
