/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.NamedCache.Reading;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What comes out of the table of one cache: only what the {@link Fence} calls current, in its life
 * or as far past it as the settings allow. Safe from any thread, never blocks.
 */
final class Reads {
  private final OnGap onGap;
  private final Ageing ageing;
  private final Cache<String, Entry> entries;
  private final Fence fence;
  private final Freshness freshness;
  private final @Nullable Refreshes refreshes;
  private final Ticker ticker;
  private final Counters count;

  /**
   * @param refreshes loads what is due; empty for a look-aside cache
   */
  Reads(
      OnGap onGap,
      Ageing ageing,
      Cache<String, Entry> entries,
      Fence fence,
      Freshness freshness,
      Optional<Refreshes> refreshes,
      Ticker ticker,
      Counters count) {
    this.onGap = onGap;
    this.ageing = ageing;
    this.entries = entries;
    this.fence = fence;
    this.freshness = freshness;
    this.refreshes = refreshes.orElse(null);
    this.ticker = ticker;
    this.count = count;
  }

  /** As {@link NamedCache#read}. */
  Reading read(String key) {
    boolean fresh = freshness.isFresh();
    boolean expired = false;
    Entry entry = entries.getIfPresent(key);
    if (entry != null && fence.isCurrent(entry.groups(), entry.stamp())) {
      long ageNanos = ticker.read() - entry.filledNanos();
      expired = ageNanos >= entry.lifeNanos();
      if (fresh && !expired) {
        count.hits.increment();
        if (ageing.isRefreshDue(key, entry, ageNanos)) {
          refresh(key, entry);
        }
        return new Reading.Hit(entry, ageNanos, false);
      }
      if (fresh && ageing.isServedMeanwhile(entry, ageNanos)) {
        count.hits.increment();
        count.staleWhileRevalidate.increment();
        refresh(key, entry);
        return new Reading.Hit(entry, ageNanos, false);
      }
      if (!fresh && !expired && mayServeStale(ageNanos)) {
        count.hits.increment();
        count.staleHits.increment();
        return new Reading.Hit(entry, ageNanos, true);
      }
    }
    countMiss(fresh);
    return new Reading.Miss(!fresh, fresh && expired);
  }

  /** As {@link NamedCache#readOnError}. */
  Optional<Reading.Hit> readOnError(String key) {
    if (!freshness.isFresh()) {
      return Optional.empty();
    }
    Entry entry = entries.getIfPresent(key);
    if (entry == null || !fence.isCurrent(entry.groups(), entry.stamp())) {
      return Optional.empty();
    }
    long ageNanos = ticker.read() - entry.filledNanos();
    if (!ageing.isServedOnError(entry, ageNanos)) {
      return Optional.empty();
    }
    count.staleIfError.increment();
    return Optional.of(new Reading.Hit(entry, ageNanos, false));
  }

  /** As {@link NamedCache#peek}. */
  Optional<Entry> peek(String key) {
    return freshness.isFresh()
        ? Optional.ofNullable(entries.policy().getIfPresentQuietly(key)).filter(this::isAlive)
        : Optional.empty();
  }

  /** Whether an entry is current and has not reached its end. */
  boolean isAlive(Entry entry) {
    return fence.isCurrent(entry.groups(), entry.stamp())
        && ticker.read() - entry.filledNanos() < entry.lifeNanos();
  }

  /** Has an entry loaded anew in the background, unless that is done or under way. */
  void refresh(String key, Entry entry) {
    if (refreshes != null) {
      refreshes.begin(key, () -> entries.policy().getIfPresentQuietly(key) == entry);
    }
  }

  void countMiss(boolean fresh) {
    count.misses.increment();
    if (!fresh) {
      count.bypasses.increment();
    }
  }

  private boolean mayServeStale(long ageNanos) {
    return switch (onGap) {
      case OnGap.Bypass ignored -> false;
      case OnGap.ServeStale stale -> ageNanos <= stale.maxStale().toNanos();
    };
  }
}
