/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.cache.NamedCache.Loaded;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * The loads of one cache that are under way, one for each key: concurrent misses share it.
 *
 * <p>A reader joins a load only while nothing has overtaken it. What groups the value has is not
 * known before the load has ended, so a reader that came later than the load began looks again
 * then. Safe from any thread, never blocks.
 */
final class Flights {
  private final Loader loader;
  private final Fence fence;
  private final Freshness freshness;
  private final Ticker ticker;
  private final Counters count;
  private final Landing landing;
  private final ConcurrentHashMap<String, Flight> flights = new ConcurrentHashMap<>();

  /** What becomes of a value that was loaded. */
  @FunctionalInterface
  interface Landing {
    /** Makes an entry of the answer and stores it where the flight asks for that. */
    Loaded land(String key, Flight flight, Optional<Value> answer);
  }

  /**
   * One load.
   *
   * @param stamp the fence's before the load began
   * @param duringGap whether freshness could not be proven then
   * @param store whether the value is to be kept
   */
  record Flight(long stamp, boolean duringGap, boolean store, CompletableFuture<Loaded> result) {}

  Flights(
      Loader loader,
      Fence fence,
      Freshness freshness,
      Ticker ticker,
      Counters count,
      Landing landing) {
    this.loader = loader;
    this.fence = fence;
    this.freshness = freshness;
    this.ticker = ticker;
    this.count = count;
    this.landing = landing;
  }

  /** As {@link NamedCache#load}. */
  CompletionStage<Loaded> load(String key, boolean anew, boolean noStore) {
    return load(key, anew, noStore, fence.now());
  }

  private CompletionStage<Loaded> load(String key, boolean anew, boolean noStore, long came) {
    while (true) {
      boolean gap = !freshness.isFresh();
      Flight mine = new Flight(fence.now(), gap, !gap && !noStore, new CompletableFuture<>());
      Flight present = flights.get(key);
      if (present != null && !anew && mayJoin(key, present, mine)) {
        return join(key, present, noStore, came);
      }
      boolean won =
          present == null
              ? flights.putIfAbsent(key, mine) == null
              : flights.replace(key, present, mine);
      if (won) {
        fly(key, mine);
        return mine.result;
      }
    }
  }

  /**
   * Loads a key that nobody waits for, unless one of its loads is under way.
   *
   * @param wanted whether it still has to be loaded; asked at a time at which no load of the key
   *     can begin or end, so that of many who saw the same old entry one alone loads it
   * @return empty where it is not loaded
   */
  Optional<CompletionStage<Loaded>> refresh(String key, BooleanSupplier wanted) {
    Flight[] mine = new Flight[1];
    flights.computeIfAbsent(
        key,
        k -> {
          if (wanted.getAsBoolean() && freshness.isFresh()) {
            mine[0] = new Flight(fence.now(), false, true, new CompletableFuture<>());
          }
          return mine[0];
        });
    if (mine[0] == null) {
      return Optional.empty();
    }
    fly(key, mine[0]);
    return Optional.of(mine[0].result);
  }

  /** A reader whose value is to be kept does not join one whose value is not. */
  private boolean mayJoin(String key, Flight present, Flight mine) {
    return (present.store || !mine.store) && fence.admits(key, List.of(), present.stamp);
  }

  /**
   * Joins; loads again where a group of the value was invalidated, perhaps before this reader came.
   * That happens once at most: what is joined then has begun after this reader came.
   */
  private CompletionStage<Loaded> join(String key, Flight present, boolean noStore, long came) {
    count.loadsCollapsed.increment();
    CompletionStage<Loaded> shared =
        present.result.thenCompose(
            loaded ->
                present.stamp >= came || fence.isCurrent(loaded.entry().groups(), present.stamp)
                    ? CompletableFuture.completedStage(loaded.asCollapsed())
                    : load(key, false, noStore, came));
    // A stage that depends on another wraps its failure; these readers are told like the first.
    CompletableFuture<Loaded> joined = new CompletableFuture<>();
    shared.whenComplete(
        (loaded, failure) -> {
          if (failure == null) {
            joined.complete(loaded);
          } else {
            joined.completeExceptionally(unwrap(failure));
          }
        });
    return joined;
  }

  private void fly(String key, Flight flight) {
    long beganNanos = ticker.read();
    loader
        .load(key)
        .whenComplete(
            (answer, failure) -> {
              if (failure == null) {
                count.loads.increment();
                count.loadNanos.add(ticker.read() - beganNanos);
                land(key, flight, answer);
              } else {
                count.loadFailures.increment();
                flights.remove(key, flight);
                flight.result.completeExceptionally(unwrap(failure));
              }
            });
  }

  /** Off the board before the readers are told: their next read must find the entry, not this. */
  private void land(String key, Flight flight, Optional<Value> answer) {
    try {
      Loaded loaded = landing.land(key, flight, answer);
      flights.remove(key, flight);
      flight.result.complete(loaded);
    } catch (RuntimeException e) {
      flights.remove(key, flight);
      flight.result.completeExceptionally(e);
    }
  }

  private static Throwable unwrap(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
