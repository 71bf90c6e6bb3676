/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.Loader.LoadException;
import io.sidecache.invalidation.Snapshot;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One named cache: values over Caffeine, behind a {@link Fence}.
 *
 * <p>Safe from any thread. {@link #read}, {@link #fill} and the invalidations never block; {@link
 * #load} returns at once. Caffeine's own loading cache is not used: an invalidation during its load
 * keeps the overtaken value or blocks behind the load (docs/adr/0002).
 */
public final class NamedCache {
  private static final Logger LOG = Logger.getLogger(NamedCache.class);

  private final CacheSettings settings;
  private final Freshness freshness;
  private final FillTokens tokens;
  private final Ticker ticker;
  private final Executor background;

  private final Fence fence = new Fence();
  private final SnapshotStamps snapshotStamps;
  private final Counters count = new Counters();
  private final Cache<String, Entry> entries;
  private final Optional<Loader> loader;
  private final Optional<Flights> flights;
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private final AtomicBoolean unreadable = new AtomicBoolean();

  /**
   * @param loader reads the database on a miss; empty for a look-aside cache
   * @param background runs the removal of outdated entries
   */
  public NamedCache(
      CacheSettings settings,
      Optional<Loader> loader,
      Freshness freshness,
      FillTokens tokens,
      Ticker ticker,
      Executor background) {
    this.settings = settings;
    this.freshness = freshness;
    this.tokens = tokens;
    this.ticker = ticker;
    this.background = background;
    this.snapshotStamps = new SnapshotStamps(fence, ticker);
    this.entries = EntryTable.create(settings, ticker, background, count);
    this.loader = loader;
    this.flights = loader.map(l -> new Flights(l, fence, freshness, count, this::land));
  }

  /** What a read found. */
  public sealed interface Reading {
    /**
     * An entry that may be served, perhaps a negative one.
     *
     * @param ageNanos how long ago it was filled
     * @param duringGap whether its freshness cannot be proven
     */
    record Hit(Entry entry, long ageNanos, boolean duringGap) implements Reading {}

    /**
     * Nothing that may be served.
     *
     * @param duringGap whether that is because freshness cannot be proven
     */
    record Miss(boolean duringGap) implements Reading {}
  }

  /** What became of a fill. */
  public enum Filled {
    /** Stored; there was no entry. */
    CREATED,
    /** Stored in place of another entry, or an entry that is newer than this fill was kept. */
    REPLACED,
    /** Turned away: the key was invalidated after the token was given. */
    OVERTAKEN,
    /**
     * Turned away: the token is not one of this process for this cache and key, or the cache's load
     * would not take the key as it is spelt.
     */
    FOREIGN,
    /** Turned away: the token is too old. */
    EXPIRED,
    /** Turned away: nothing tells what the reader's snapshot sees, or it is too old. */
    UNPROVEN,
    /** Turned away: there is no token, and the cache demands one. */
    TOKEN_MISSING,
    /** Turned away: larger than the cache's maximum entry size. */
    TOO_LARGE
  }

  /**
   * What a load gave.
   *
   * @param entry the answer, a negative entry where the database holds no row
   * @param stored whether it is in memory now
   * @param collapsed whether this reader waited for a load that another had begun
   * @param duringGap whether freshness could not be proven when the load began
   */
  public record Loaded(Entry entry, boolean stored, boolean collapsed, boolean duringGap) {
    Loaded asCollapsed() {
      return new Loaded(entry, stored, true, duringGap);
    }
  }

  /** This cache's settings. */
  public CacheSettings settings() {
    return settings;
  }

  /** Whether a miss reads the database. */
  public boolean isReadThrough() {
    return flights.isPresent();
  }

  /** Looks into memory. Counts a hit or a miss. */
  public Reading read(String key) {
    boolean fresh = freshness.isFresh();
    Entry entry = entries.getIfPresent(key);
    if (entry != null && fence.isCurrent(entry.groups(), entry.stamp())) {
      long ageNanos = ticker.read() - entry.filledNanos();
      if (fresh) {
        count.hits.increment();
        return new Reading.Hit(entry, ageNanos, false);
      }
      if (mayServeStale(ageNanos)) {
        count.hits.increment();
        count.staleHits.increment();
        return new Reading.Hit(entry, ageNanos, true);
      }
    }
    countMiss(fresh);
    return new Reading.Miss(!fresh);
  }

  /** Whether a read would still give what it gave before. Counts nothing. */
  public boolean stillGives(String key, Reading.Hit hit) {
    Entry entry = hit.entry();
    return entries.policy().getIfPresentQuietly(key) == entry
        && fence.isCurrent(entry.groups(), entry.stamp())
        && freshness.isFresh() != hit.duringGap();
  }

  /** Counts a read that memory was not asked for, since nothing proves that it would do. */
  public void countPassedBy() {
    countMiss(freshness.isFresh());
  }

  private void countMiss(boolean fresh) {
    count.misses.increment();
    if (!fresh) {
      count.bypasses.increment();
    }
  }

  private boolean mayServeStale(long ageNanos) {
    return switch (settings.onGap()) {
      case OnGap.Bypass ignored -> false;
      case OnGap.ServeStale stale -> ageNanos <= stale.maxStale().toNanos();
    };
  }

  /** A token for a fill of this key, to be taken before the filler reads the database. */
  public String token(String key) {
    return tokens.issue(settings.name(), key, fence.now());
  }

  /** Stores a value that an application read after the token was given. */
  public Filled fill(String key, Value value, @Nullable String token) {
    return fill(key, value, token, Optional.empty());
  }

  /**
   * Stores a value that an application read from the database.
   *
   * @param token what the miss gave; null for a fill without one
   * @param snapshot what the reader's transaction saw, where that may be older than the token
   */
  public Filled fill(String key, Value value, @Nullable String token, Optional<Snapshot> snapshot) {
    if (value.body().length > settings.maximumEntryBytes()) {
      return Filled.TOO_LARGE;
    }
    if (!spelled(key).equals(Optional.of(key))) {
      return Filled.FOREIGN; // no change would ever be told by this spelling
    }
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
      return store(key, entry(value, stamp, false));
    }
    OptionalLong seen = snapshotStamps.seenBy(snapshot.get());
    return seen.isEmpty()
        ? Filled.UNPROVEN
        : store(key, entry(value, Math.min(stamp, seen.getAsLong()), false));
  }

  private Entry entry(Value value, long stamp, boolean loaded) {
    long lifeNanos =
        value
            .life()
            .or(settings::expireAfterWrite)
            .map(NamedCache::nanos)
            .orElse(Entry.ENDLESS_NANOS);
    return Entry.of(value, stamp, ticker.read(), lifeNanos, loaded);
  }

  private static long nanos(Duration life) {
    return life.compareTo(Duration.ofNanos(Entry.ENDLESS_NANOS)) < 0
        ? life.toNanos()
        : Entry.ENDLESS_NANOS;
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

  /**
   * Reads the database, or joins a load of the same key that is still good for this reader: one
   * that no invalidation has overtaken.
   *
   * @param anew whether the load must begin after this call, so that none is joined
   * @param noStore whether the value must not be kept
   * @return fails with a {@link LoadException}
   * @throws IllegalStateException for a look-aside cache
   */
  public CompletionStage<Loaded> load(String key, boolean anew, boolean noStore) {
    return flights
        .orElseThrow(() -> new IllegalStateException("cache has no load: " + settings.name()))
        .load(key, anew, noStore);
  }

  private Loaded land(String key, Flights.Flight flight, Optional<Value> value) {
    Entry entry =
        value
            .map(v -> entry(v, flight.stamp(), true))
            .orElseGet(
                () ->
                    Entry.negative(flight.stamp(), ticker.read(), nanos(settings.negativeLife())));
    boolean keep =
        flight.store()
            && entry.lifeNanos() > 0
            && entry.body().length <= settings.maximumEntryBytes();
    if (!keep) {
      return new Loaded(entry, false, false, flight.duringGap());
    }
    boolean stored = store(key, entry) != Filled.OVERTAKEN;
    if (!stored) {
      count.refusedFills.increment();
    }
    return new Loaded(entry, stored, false, false);
  }

  /**
   * Forgets one key, in whatever notation of PostgreSQL's it is given; all keys where that cannot
   * be read. When this returns, no read gives a value that was filled from before.
   */
  public void invalidateKey(String key) {
    Optional<String> spelled = spelled(key);
    if (spelled.isEmpty()) {
      rejectKey();
      return;
    }
    fence.invalidateKey(spelled.get());
    entries.invalidate(spelled.get());
    count.keyInvalidations.increment();
  }

  /** The key that an entry can be under which this key stands for. */
  private Optional<String> spelled(String key) {
    return loader.isEmpty() ? Optional.of(key) : loader.get().spelled(key);
  }

  private void rejectKey() {
    if (unreadable.compareAndSet(false, true)) {
      LOG.warnf(
          "cache %s: a change was told by a key that its load could not take, so all was evicted;"
              + " is the load's parameter cast to the type of the attached table's key? From now on"
              + " this is counted, not logged",
          settings.name());
    }
    countRejectedPayload();
    invalidateAll();
  }

  /** Forgets all entries of a group. When this returns, no read gives one from before. */
  public void invalidateGroup(String group) {
    fence.invalidateGroup(group);
    count.groupInvalidations.increment();
  }

  /** Forgets all entries. When this returns, no read gives one from before; removal follows. */
  public void invalidateAll() {
    fence.invalidateAll();
    count.wholeInvalidations.increment();
    if (sweeping.compareAndSet(false, true)) {
      background.execute(this::sweep);
    }
  }

  /** What readers' snapshots are worth; told of heartbeats and gaps by {@link Caches}. */
  SnapshotStamps snapshotStamps() {
    return snapshotStamps;
  }

  /** What an audit needs to know of it; empty for a look-aside cache. */
  Optional<Audit.Subject> auditSubject() {
    return loader.map(l -> new Audit.Subject(settings.name(), entries, fence, l, count));
  }

  void countRejectedPayload() {
    count.rejectedPayloads.increment();
  }

  /** Removes what reads would not serve any more. A full clear would take new fills with it. */
  private void sweep() {
    sweeping.set(false); // before looking: an invalidation from here on wants another sweep
    entries.asMap().values().removeIf(entry -> !fence.isCurrent(entry.groups(), entry.stamp()));
  }

  /** Figures for metrics and people. */
  public CacheFigures figures() {
    OptionalLong weight =
        entries.policy().eviction().map(e -> e.weightedSize()).orElse(OptionalLong.empty());
    return count.figures(entries.estimatedSize(), weight);
  }
}
