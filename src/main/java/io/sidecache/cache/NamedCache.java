/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.cache.Loader.LoadException;
import io.sidecache.invalidation.Snapshot;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
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
  private final Executor background;
  private final UnaryOperator<String> writing;

  private final Fence fence = new Fence();
  private final SnapshotStamps snapshotStamps;
  private final Counters count = new Counters();
  private final Cache<String, Entry> entries;
  private final Optional<Loader> loader;
  private final Optional<Flights> flights;
  private final Fills fills;
  private final Reads reads;
  private final AtomicBoolean sweeping = new AtomicBoolean();
  private final AtomicBoolean unreadable = new AtomicBoolean();

  /** A cache whose keys have one form each. */
  public NamedCache(
      CacheSettings settings,
      Optional<Loader> loader,
      Freshness freshness,
      FillTokens tokens,
      Ticker ticker,
      Executor background) {
    this(settings, loader, freshness, tokens, ticker, background, UnaryOperator.identity());
  }

  /**
   * @param loader reads the database on a miss; empty for a look-aside cache
   * @param background runs the removal of outdated entries
   * @param writing gives the one form of a key that can be written in several; any other as it is
   */
  public NamedCache(
      CacheSettings settings,
      Optional<Loader> loader,
      Freshness freshness,
      FillTokens tokens,
      Ticker ticker,
      Executor background,
      UnaryOperator<String> writing) {
    this.settings = settings;
    this.writing = writing;
    this.freshness = freshness;
    this.tokens = tokens;
    this.background = background;
    this.snapshotStamps = new SnapshotStamps(fence, ticker);
    Ageing ageing = new Ageing(settings);
    this.entries = EntryTable.create(settings, ageing, ticker, background, count);
    this.fills = new Fills(settings, ageing, entries, fence, snapshotStamps, tokens, ticker, count);
    this.loader = loader;
    this.flights = loader.map(l -> new Flights(l, fence, freshness, ticker, count, fills::land));
    Optional<Refreshes> refreshes =
        flights.map(f -> new Refreshes(loader.orElseThrow(), f, count, ticker));
    this.reads =
        new Reads(settings.onGap(), ageing, entries, fence, freshness, refreshes, ticker, count);
  }

  /** What a read found. */
  public sealed interface Reading {
    /**
     * An entry that may be served, perhaps a negative one.
     *
     * @param ageNanos how long ago it was filled
     * @param duringGap whether its freshness cannot be proven
     */
    record Hit(Entry entry, long ageNanos, boolean duringGap) implements Reading {
      /** How long it will be in its life yet; negative past its end. Floor of the seconds. */
      public long ttlSeconds() {
        return Math.floorDiv(entry.lifeNanos() - ageNanos, 1_000_000_000L);
      }

      /** Whether it has outlived its life. */
      public boolean isExpired() {
        return ageNanos >= entry.lifeNanos();
      }

      /**
       * For how long it may have been stale: since its end; during a gap, since its fill, as nobody
       * knows more.
       */
      public long staleNanos() {
        return duringGap ? ageNanos : Math.max(0, ageNanos - entry.lifeNanos());
      }
    }

    /**
     * Nothing that may be served.
     *
     * @param duringGap whether that is because freshness cannot be proven
     * @param expired whether there is an entry whose only fault is that it is past its end
     */
    record Miss(boolean duringGap, boolean expired) implements Reading {}
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

  /**
   * The form in which a key that was given from outside must be named to this cache: of a key of
   * several parts, a JSON array, there are many.
   */
  public String written(String key) {
    return writing.apply(key);
  }

  /** Whether a miss reads the database. */
  public boolean isReadThrough() {
    return flights.isPresent();
  }

  /**
   * Looks into memory. Counts a hit or a miss. A hit on an entry that is due, or past its end and
   * may be served meanwhile, has it loaded anew in the background.
   */
  public Reading read(String key) {
    return reads.read(key);
  }

  /**
   * What may be served in place of an answer because its load has failed: an entry past its end, or
   * one that was stored meanwhile. To be asked after the failure, since the entry may have been
   * invalidated while the load ran.
   */
  public Optional<Reading.Hit> readOnError(String key) {
    return reads.readOnError(key);
  }

  /**
   * The entry of a key while it is proven fresh and has not reached its end. Neither a hit nor a
   * miss, and no access that would prolong its life: for those who look for their own purposes.
   */
  public Optional<Entry> peek(String key) {
    return reads.peek(key);
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
    reads.countMiss(freshness.isFresh());
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
    return fills.fill(key, value, token, snapshot);
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
    String written = written(key);
    return loader.isEmpty() ? Optional.of(written) : loader.get().spelled(written);
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
    return loader.map(
        l -> new Audit.Subject(settings.name(), entries, reads::isAlive, fence, l, count));
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
