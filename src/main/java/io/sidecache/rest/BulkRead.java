/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.NamedCache;
import io.sidecache.cache.NamedCache.Loaded;
import io.sidecache.cache.NamedCache.Reading;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One reading of many entries. Used once, by one virtual thread, which waits for the loads.
 *
 * <p>What memory held is not kept while others are loaded: a value that is proven fresh now may be
 * stale when a slow load has ended. So memory is looked at again after the loads, and what has gone
 * is loaded in turn. That comes to an end, since what was loaded stays: as with a single GET, it is
 * as old as its load.
 */
final class BulkRead {
  /** Loads of one call that are under way at once; the cache's own limit holds beside it. */
  static final int LOADS_AT_ONCE = 16;

  /** How often memory is looked at; more than two need a change of just these keys each time. */
  private static final int MOST_ROUNDS = 8;

  private final NamedCache cache;
  private final RequestDirectives directives;
  private final boolean proven;
  private final BooleanSupplier isGone;
  private final Map<String, Finding> findings = new ConcurrentHashMap<>();
  private final AtomicLong loadedBytes = new AtomicLong();

  /** Why a key is to be loaded. */
  private record Cause(String reason, boolean duringGap) {}

  /** What was found for one key. */
  sealed interface Finding {
    /** An entry in memory, perhaps a negative one. */
    record Held(Reading.Hit hit, CharSequence cacheStatus) implements Finding {}

    /** An answer of the database's. */
    record Fetched(Loaded loaded, CharSequence cacheStatus) implements Finding {}

    /** Nothing; the application may fill it. */
    record Missing(String token) implements Finding {}

    /** No answer. */
    record Failed(Problem problem, CharSequence cacheStatus) implements Finding {}
  }

  /**
   * Makes it.
   *
   * @param proven whether memory may be asked; else every key is loaded
   * @param isGone whether nobody waits for the answer any more, so that loads can be spared
   */
  BulkRead(NamedCache cache, RequestDirectives directives, boolean proven, BooleanSupplier isGone) {
    this.cache = cache;
    this.directives = directives;
    this.proven = proven;
    this.isGone = isGone;
  }

  /** Reads the keys, each of which stands there once, and gives the answer's JSON. */
  String answer(Collection<String> given) {
    Set<String> keys = new LinkedHashSet<>();
    given.forEach(key -> keys.add(cache.written(key)));
    Collection<String> open = keys;
    for (int round = 0; !open.isEmpty() && round < MOST_ROUNDS && !isGone.getAsBoolean(); round++) {
      Map<String, Cause> wanted = new LinkedHashMap<>();
      for (String key : open) {
        look(key, wanted);
      }
      loadAll(wanted);
      open = wanted.isEmpty() ? List.of() : changed(keys);
    }
    CharSequence status = CacheStatus.miss(false, "request");
    for (String key : open) {
      findings.put(
          key, new Finding.Failed(Problem.loadFailed("it changed again and again"), status));
    }
    BulkAnswer answer = new BulkAnswer();
    for (String key : given) {
      Finding finding = findings.get(cache.written(key));
      if (finding != null) {
        answer.add(key, finding);
      }
    }
    return answer.json();
  }

  /** Those whose entry in memory is not good any more. */
  private List<String> changed(Collection<String> keys) {
    List<String> changed = new ArrayList<>();
    for (String key : keys) {
      if (findings.get(key) instanceof Finding.Held held && !cache.stillGives(key, held.hit)) {
        changed.add(key);
      }
    }
    return changed;
  }

  /** As {@link EntryReads}; what is to be loaded is put aside with the reason. */
  private void look(String key, Map<String, Cause> wanted) {
    if (!proven) {
      cache.countPassedBy();
      miss(key, false, EntryReads.UNPROVEN, wanted);
      return;
    }
    switch (cache.read(key)) {
      case Reading.Hit hit when directives.accepts(hit) ->
          findings.put(key, new Finding.Held(hit, CacheStatus.hit(hit)));
      case Reading.Hit hit -> miss(key, hit.duringGap(), "request", wanted);
      case Reading.Miss miss ->
          miss(key, miss.duringGap(), miss.expired() ? EntryReads.STALE : "uri-miss", wanted);
    }
  }

  private void miss(String key, boolean duringGap, String reason, Map<String, Cause> wanted) {
    if (directives.onlyIfCached()) {
      CharSequence status = CacheStatus.miss(duringGap, reason);
      findings.put(key, new Finding.Failed(Problem.onlyIfCached(), status));
    } else if (cache.isReadThrough()) {
      wanted.put(key, new Cause(reason, duringGap));
    } else {
      findings.put(key, new Finding.Missing(cache.token(key)));
    }
  }

  private void loadAll(Map<String, Cause> wanted) {
    Semaphore places = new Semaphore(LOADS_AT_ONCE);
    for (Map.Entry<String, Cause> each : wanted.entrySet()) {
      places.acquireUninterruptibly(); // each load ends by its own timeout
      if (isGone.getAsBoolean()) {
        places.release();
        break;
      }
      load(each.getKey(), each.getValue(), places);
    }
    places.acquireUninterruptibly(LOADS_AT_ONCE);
  }

  private void load(String key, Cause cause, Semaphore places) {
    if (loadedBytes.get() > BulkAnswer.LARGEST_VALUES) {
      CharSequence status = CacheStatus.miss(cause.duringGap, cause.reason);
      findings.put(key, BulkAnswer.tooLarge(status));
      places.release();
      return;
    }
    boolean anew = directives.noCache() || !proven;
    cache
        .load(key, anew, directives.noStore())
        .whenComplete(
            (loaded, failure) -> {
              findings.put(key, finding(key, cause, loaded, failure));
              places.release();
            });
  }

  private Finding finding(
      String key, Cause cause, @Nullable Loaded loaded, @Nullable Throwable failure) {
    if (loaded != null) {
      loadedBytes.addAndGet(loaded.entry().body().length);
      return new Finding.Fetched(loaded, CacheStatus.loaded(cause.reason, loaded, false));
    }
    return EntryReads.inPlaceOf(failure, cache, key, directives, cause.reason)
        .<Finding>map(kept -> new Finding.Held(kept, CacheStatus.onError(kept)))
        .orElseGet(
            () ->
                new Finding.Failed(
                    Problem.of(failure), CacheStatus.loadFailed(cause.reason, cause.duringGap)));
  }
}
