/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import com.github.benmanes.caffeine.cache.Ticker;
import io.sidecache.cache.CacheFigures;
import io.sidecache.cache.CacheSettings;
import io.sidecache.cache.CacheSettings.Bound;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.Caches;
import io.sidecache.cache.FillTokens;
import io.sidecache.cache.Freshness;
import io.sidecache.cache.NamedCache;
import io.sidecache.cache.NamedCache.Reading;
import io.sidecache.cache.Value;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import java.lang.management.ManagementFactory;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** How much heap a million entries of 100 bytes take, in a JVM of 512 MB. */
public final class EntryMemory {
  private static final int ENTRIES = 1_000_000;
  private static final int FIRST_KEY = 1_000_000;
  private static final int BODY_BYTES = 100;
  private static final String HEAP = "-Xmx512m";
  private static final long WEIGHT_BYTES = 400_000_000;

  private EntryMemory() {}

  static void run(Report report) throws Exception {
    run(report, "size", "maximum-size 1,000,000");
    run(report, "weight", "maximum-weight 400 MB");
  }

  private static void run(Report report, String bound, String called) throws Exception {
    try (ChildJvm child =
        ChildJvm.start(
            List.of(
                HEAP,
                "-cp",
                System.getProperty("java.class.path"),
                EntryMemory.class.getName(),
                bound))) {
      String[] figures = child.await("memory figures").split(" ", -1);
      long kept = Long.parseLong(figures[0]);
      long heapBytes = Long.parseLong(figures[1]);
      long cacheBytes = Long.parseLong(figures[2]);
      report.goal(
          String.format(Locale.ROOT, "entries of %d bytes kept in 512 MB, %s", BODY_BYTES, called),
          String.format(Locale.ROOT, "%,d", kept),
          String.format(Locale.ROOT, "%,d", ENTRIES),
          kept == ENTRIES);
      report.alone(
          "heap per entry of " + BODY_BYTES + " bytes, " + called,
          String.format(
              Locale.ROOT,
              "%d bytes (heap used after GC: %,d MiB)",
              cacheBytes / ENTRIES,
              heapBytes >> 20));
    }
  }

  /** The child: fills a cache, reads every entry back, and says how much heap is in use. */
  public static void main(String[] arguments) {
    Bound bound =
        arguments[0].equals("size") ? new Bound.Size(ENTRIES) : new Bound.Weight(WEIGHT_BYTES);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      NamedCache cache = cache(bound, threads);
      long beforeBytes = usedAfterCollection();
      for (int key = FIRST_KEY; key < FIRST_KEY + ENTRIES; key++) {
        cache.fill(Integer.toString(key), Value.of(new byte[BODY_BYTES], "application/json"), null);
      }
      long kept = 0;
      for (int key = FIRST_KEY; key < FIRST_KEY + ENTRIES; key++) {
        if (cache.read(Integer.toString(key)) instanceof Reading.Hit) {
          kept++;
        }
      }
      CacheFigures figures = cache.figures();
      long heapBytes = usedAfterCollection();
      System.out.println(
          "memory figures "
              + (figures.displaced() == 0 && figures.size() == ENTRIES ? kept : figures.size())
              + " "
              + heapBytes
              + " "
              + (heapBytes - beforeBytes));
    }
  }

  private static NamedCache cache(Bound bound, ExecutorService threads) {
    Ticker ticker = Ticker.systemTicker();
    Freshness freshness = new Freshness(ticker, Duration.ofDays(1));
    NamedCache cache =
        new NamedCache(
            new CacheSettings(
                "bench",
                bound,
                Optional.of(Duration.ofHours(1)),
                Optional.empty(),
                Duration.ZERO,
                new OnGap.Bypass(),
                1_000_000,
                true),
            Optional.empty(),
            freshness,
            new FillTokens(ticker, new SecureRandom()),
            ticker,
            threads);
    Caches caches = new Caches(List.of(cache), freshness);
    caches.apply(1, new SourceSignal.GapClosed(Duration.ZERO));
    caches.apply(
        2,
        new SourceSignal.Heartbeat(
            "bench", new Position(1, 0, 0), Snapshot.parse("10:10:"), ticker.read()));
    return cache;
  }

  private static long usedAfterCollection() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
