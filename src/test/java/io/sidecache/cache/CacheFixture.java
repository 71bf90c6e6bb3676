/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import io.sidecache.cache.CacheSettings.Bound;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.CacheSettings.Renewal;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One cache with hand-driven time, loads and background work. */
final class CacheFixture {
  static final String NAME = "products";
  static final Duration LIFE = Duration.ofMinutes(10);
  static final Duration TIMEOUT = Duration.ofSeconds(3);

  final ManualTicker ticker = new ManualTicker();
  final Freshness freshness = new Freshness(ticker, TIMEOUT);
  final FillTokens tokens = new FillTokens(ticker, new SecureRandom());
  final Queue<Runnable> background = new ArrayDeque<>();
  final Queue<CompletableFuture<Optional<Value>>> loads = new ArrayDeque<>();
  final NamedCache cache;
  final Caches caches;
  boolean roomToSpare = true;
  private long sequence;

  private CacheFixture(CacheSettings settings, boolean readThrough) {
    cache =
        new NamedCache(
            settings,
            readThrough ? Optional.of(new HandDrivenLoader()) : Optional.empty(),
            freshness,
            tokens,
            ticker,
            background::add);
    caches = new Caches(List.of(cache), freshness);
  }

  static CacheFixture lookAside() {
    return new CacheFixture(settings(new OnGap.Bypass(), false), false);
  }

  static CacheFixture readThrough() {
    return new CacheFixture(settings(new OnGap.Bypass(), false), true);
  }

  static CacheFixture of(CacheSettings settings, boolean readThrough) {
    return new CacheFixture(settings, readThrough);
  }

  static CacheSettings settings(OnGap onGap, boolean unfenced) {
    return settings(onGap, unfenced, Renewal.NONE);
  }

  static CacheSettings settings(OnGap onGap, Renewal renewal) {
    return settings(onGap, false, renewal);
  }

  private static CacheSettings settings(OnGap onGap, boolean unfenced, Renewal renewal) {
    return new CacheSettings(
        NAME,
        new Bound.Size(1_000),
        Optional.of(LIFE),
        Optional.empty(),
        Duration.ofSeconds(30),
        onGap,
        100,
        unfenced,
        renewal);
  }

  /** A cache with {@code load} whose entries live ten minutes. */
  static CacheFixture renewing(Renewal renewal) {
    return of(settings(new OnGap.Bypass(), renewal), true).fresh();
  }

  private final class HandDrivenLoader implements Loader {
    @Override
    public CompletionStage<Optional<Value>> load(String key) {
      CompletableFuture<Optional<Value>> load = new CompletableFuture<>();
      loads.add(load);
      return load;
    }

    @Override
    public boolean hasRoomToSpare() {
      return roomToSpare;
    }
  }

  CacheFixture fresh() {
    signal(new SourceSignal.GapClosed(Duration.ZERO));
    heartbeat();
    return this;
  }

  /** Lets time pass without letting freshness end. */
  void pass(Duration time) {
    ticker.advance(time);
    heartbeat();
  }

  void heartbeat() {
    heartbeat(ticker.read());
  }

  void heartbeat(long sentNanos) {
    signal(
        new SourceSignal.Heartbeat(
            "n", new Position(1, 0, 0), Snapshot.parse("10:10:"), sentNanos));
  }

  void openGap() {
    signal(new SourceSignal.GapOpened("test"));
  }

  void change(Invalidation invalidation) {
    signal(new SourceSignal.Changed(invalidation, null));
  }

  void signal(SourceSignal signal) {
    caches.apply(++sequence, signal);
  }

  void runBackground() {
    for (Runnable task = background.poll(); task != null; task = background.poll()) {
      task.run();
    }
  }

  NamedCache.Filled fill(String key, String text) {
    return cache.fill(key, text(text), cache.token(key));
  }

  /** What a read serves: the text, "(negative)", or empty for a miss. */
  Optional<String> served(String key) {
    return switch (cache.read(key)) {
      case NamedCache.Reading.Hit hit -> Optional.of(text(hit.entry()));
      case NamedCache.Reading.Miss ignored -> Optional.empty();
    };
  }

  static Value text(String text) {
    return Value.of(text.getBytes(StandardCharsets.UTF_8), "text/plain");
  }

  static String text(Entry entry) {
    return entry.isNegative() ? "(negative)" : new String(entry.body(), StandardCharsets.UTF_8);
  }
}
