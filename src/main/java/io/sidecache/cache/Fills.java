/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.cache.NamedCache.Filled;
import io.sidecache.cache.NamedCache.Loaded;
import io.sidecache.invalidation.Snapshot;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What goes into the table of one cache: fills of an application and answers of loads, each only
 * while the {@link Fence} admits it. Safe from any thread, never blocks.
 */
final class Fills {
  private final CacheSettings settings;
  private final Ageing ageing;
  private final Cache<String, Entry> entries;
  private final Fence fence;
  private final SnapshotStamps snapshotStamps;
  private final FillTokens tokens;
  private final Ticker ticker;
  private final Counters count;

  Fills(
      CacheSettings settings,
      Ageing ageing,
      Cache<String, Entry> entries,
      Fence fence,
      SnapshotStamps snapshotStamps,
      FillTokens tokens,
      Ticker ticker,
      Counters count) {
    this.settings = settings;
    this.ageing = ageing;
    this.entries = entries;
    this.fence = fence;
    this.snapshotStamps = snapshotStamps;
    this.tokens = tokens;
    this.ticker = ticker;
    this.count = count;
  }

  /** As {@link NamedCache#fill}, for a key that is spelt as the cache's load wants it. */
  Filled fill(String key, Value value, @Nullable String token, Optional<Snapshot> snapshot) {
    if (token == null) {
      return settings.unfencedFills()
          ? counted(store(key, value, fence.now(), snapshot))
          : Filled.TOKEN_MISSING;
    }
    return counted(
        switch (tokens.read(settings.name(), key, token)) {
          case FillTokens.Reading.Genuine genuine -> store(key, value, genuine.stamp(), snapshot);
          case FillTokens.Reading.Foreign ignored -> Filled.FOREIGN;
          case FillTokens.Reading.Expired ignored -> Filled.EXPIRED;
        });
  }

  private Filled counted(Filled filled) {
    if (filled != Filled.CREATED && filled != Filled.REPLACED) {
      count.refusedFills.increment();
    }
    return filled;
  }

  private Filled store(String key, Value value, long stamp, Optional<Snapshot> snapshot) {
    if (snapshot.isEmpty()) {
      return store(key, entry(key, value, stamp, false));
    }
    OptionalLong seen = snapshotStamps.seenBy(snapshot.get());
    return seen.isEmpty()
        ? Filled.UNPROVEN
        : store(key, entry(key, value, Math.min(stamp, seen.getAsLong()), false));
  }

  private Entry entry(String key, Value value, long stamp, boolean loaded) {
    long nowNanos = ticker.read();
    return Entry.of(value, stamp, nowNanos, ageing.lifeNanos(key, value.life(), nowNanos), loaded);
  }

  private Entry negative(String key, long stamp) {
    long nowNanos = ticker.read();
    return Entry.negative(stamp, nowNanos, ageing.negativeLifeNanos(key, nowNanos));
  }

  /** The check and the storing are one step: both happen while the map holds the key's bin. */
  private Filled store(String key, Entry fill) {
    Filled[] outcome = {Filled.OVERTAKEN};
    entries
        .asMap()
        .compute(
            key,
            (k, present) -> {
              if (!fence.admits(k, fill.groups(), fill.stamp())) {
                return present;
              }
              boolean replaces =
                  present != null && fence.isCurrent(present.groups(), present.stamp());
              outcome[0] = replaces ? Filled.REPLACED : Filled.CREATED;
              return replaces && present.stamp() > fill.stamp() ? present : fill;
            });
    if (outcome[0] != Filled.OVERTAKEN) {
      count.fills.increment();
    }
    return outcome[0];
  }

  /** Makes an entry of a load's answer, and stores it where that is wanted and admitted. */
  Loaded land(String key, Flights.Flight flight, Optional<Value> value) {
    Entry entry =
        value
            .map(v -> entry(key, v, flight.stamp(), true))
            .orElseGet(() -> negative(key, flight.stamp()));
    if (!flight.store()) {
      return new Loaded(entry, false, false, flight.duringGap());
    }
    if (entry.lifeNanos() <= 0 || entry.body().length > settings.maximumEntryBytes()) {
      removeOlder(key, flight.stamp());
      return new Loaded(entry, false, false, false);
    }
    boolean stored = store(key, entry) != Filled.OVERTAKEN;
    if (!stored) {
      count.refusedFills.increment();
    }
    return new Loaded(entry, stored, false, false);
  }

  /** What cannot be kept replaces what is in memory all the same: that is not the truth now. */
  private void removeOlder(String key, long stamp) {
    entries.asMap().computeIfPresent(key, (k, present) -> present.stamp() > stamp ? present : null);
  }
}
