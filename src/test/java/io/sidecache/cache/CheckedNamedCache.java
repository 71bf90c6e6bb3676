/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.CacheSettings.Renewal;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.Operation;

/** The product's own cache, over Caffeine. */
public class CheckedNamedCache extends CheckedCache {
  private static final Ticker TICKER = () -> 1;
  private static final FillTokens TOKENS = new FillTokens(TICKER, new SecureRandom());

  private final NamedCache cache;

  public CheckedNamedCache() {
    this(CacheFixture.settings(new OnGap.Bypass(), false));
  }

  private CheckedNamedCache(CacheSettings settings) {
    Freshness freshness = new Freshness(TICKER, Duration.ofSeconds(3));
    AtomicInteger row = database;
    Loader loader = key -> CompletableFuture.completedFuture(Optional.of(value(row.get())));
    cache = new NamedCache(settings, Optional.of(loader), freshness, TOKENS, TICKER, Runnable::run);
    new Caches(List.of(cache), freshness).apply(1, new SourceSignal.GapClosed(Duration.ZERO));
    freshness.heartbeat(
        new SourceSignal.Heartbeat(
            "n", new Position(1, 0, 0), Snapshot.parse("10:10:"), TICKER.read()));
  }

  private static Value value(int version) {
    return new Value(
        Integer.toString(version).getBytes(StandardCharsets.US_ASCII),
        "text/plain",
        Optional.empty(),
        List.of(GROUP),
        Optional.empty());
  }

  private static int version(Entry entry) {
    return Integer.parseInt(new String(entry.body(), StandardCharsets.US_ASCII));
  }

  @Override
  int inMemory() {
    return switch (cache.read(KEY)) {
      case NamedCache.Reading.Hit hit -> version(hit.entry());
      case NamedCache.Reading.Miss ignored -> MISS;
    };
  }

  @Override
  void fillFrom(AtomicInteger database) {
    String token = cache.token(KEY);
    cache.fill(KEY, value(database.get()), token);
  }

  /** A read that loads where it must, or joins the load of another. */
  @Operation
  public boolean load() {
    int least = applied();
    return version(cache.load(KEY, false, false).toCompletableFuture().join().entry()) >= least;
  }

  @Operation
  public boolean changeAll() {
    int version = change();
    cache.invalidateAll();
    return applied(version);
  }

  @Override
  void invalidateKey() {
    cache.invalidateKey(KEY);
  }

  @Override
  void invalidateGroup() {
    cache.invalidateGroup(GROUP);
  }

  /** The same where every hit has its entry loaded anew. */
  public static final class Refreshing extends CheckedNamedCache {
    public Refreshing() {
      super(
          CacheFixture.settings(
              new OnGap.Bypass(),
              new Renewal(0, Optional.of(Duration.ZERO), Duration.ZERO, Duration.ZERO)));
    }
  }
}
