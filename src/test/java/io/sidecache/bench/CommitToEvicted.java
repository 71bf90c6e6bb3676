/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import com.github.benmanes.caffeine.cache.Ticker;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.sidecache.cache.CacheSettings;
import io.sidecache.cache.CacheSettings.Bound;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.Caches;
import io.sidecache.cache.FillTokens;
import io.sidecache.cache.Freshness;
import io.sidecache.cache.NamedCache;
import io.sidecache.cache.Value;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.pipeline.InvalidationSink;
import io.sidecache.pipeline.Pipeline;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.postgres.ChannelBinding;
import io.sidecache.source.postgres.KeyPayload;
import io.sidecache.source.postgres.PostgresSource;
import io.sidecache.source.postgres.PostgresSourceSettings;
import io.sidecache.testing.TestPostgres.Database;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/**
 * How long after a commit is sent the entry is gone, beside how long a bare listener of the same
 * driver takes to hear of it.
 *
 * <p>Both listen in this JVM, to the same notifications at the same time. The server wakes its
 * listeners one after the other, so they connect in turns: each comes first in every other round.
 * The clock starts right before the commit leaves, for both, and the writer goes by a schedule that
 * does not wait for anyone, so that a slow answer is not hidden by the silence after it.
 */
final class CommitToEvicted {
  private static final String CHANNEL = "bench";
  private static final String CACHE = "bench";
  private static final byte[] BODY = new byte[100];
  private static final int ROUNDS = 6;
  private static final int[] RATES_PER_SECOND = {50, 1_000, 10_000};
  private static final int ROUND_SECONDS = 4;
  private static final double P50_LIMIT = 1.3;
  private static final double P99_LIMIT = 2;

  private final Database database;

  CommitToEvicted(Database database) {
    this.database = database;
  }

  /** What both listeners took in one round, and how many commits per second there really were. */
  private record Round(Histogram ours, Histogram bare, double perSecond) {}

  void run(Report report) throws Exception {
    Vertx vertx = Vertx.vertx();
    try (AgroalDataSource pool = pool();
        Connection writer = database.dataSource().getConnection()) {
      warmUp(vertx, pool, writer);
      for (int rate : RATES_PER_SECOND) {
        List<Round> rounds = new ArrayList<>();
        for (int i = 0; i < ROUNDS; i++) {
          rounds.add(round(vertx, pool, writer, rate, ROUND_SECONDS, i % 2 == 0));
        }
        report(report, rate, rounds);
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
    report.note(
        String.format(
            Locale.ROOT,
            "commit→evicted: %d rounds of %d s per rate, medians of the rounds' percentiles; one"
                + " notification per commit; the yardstick is a bare Vert.x PgConnection listener"
                + " in the same JVM.",
            ROUNDS,
            ROUND_SECONDS));
  }

  private void warmUp(Vertx vertx, AgroalDataSource pool, Connection writer) throws Exception {
    for (int i = 0; i < 4; i++) {
      round(vertx, pool, writer, 10_000, 3, i % 2 == 0);
    }
  }

  private static void report(Report report, int rate, List<Round> rounds) {
    String at = String.format(Locale.ROOT, "commit→evicted at %,d/s, ", rate);
    double reached = Median.of(rounds.stream().map(Round::perSecond).toList());
    if (reached < 0.98 * rate) {
      at += String.format(Locale.ROOT, "(%,.0f/s reached) ", reached);
    }
    report.atMost(
        at + "p50",
        median(rounds, Round::ours, 50),
        median(rounds, Round::bare, 50),
        P50_LIMIT,
        CommitToEvicted::micros);
    report.atMost(
        at + "p99",
        median(rounds, Round::ours, 99),
        median(rounds, Round::bare, 99),
        P99_LIMIT,
        CommitToEvicted::micros);
    report.beside(
        at + "p99.9",
        median(rounds, Round::ours, 99.9),
        median(rounds, Round::bare, 99.9),
        CommitToEvicted::micros);
  }

  private static double median(
      List<Round> rounds, java.util.function.Function<Round, Histogram> whose, double percentile) {
    ToDoubleFunction<Round> value = round -> whose.apply(round).getValueAtPercentile(percentile);
    return Median.of(rounds.stream().mapToDouble(value).boxed().toList());
  }

  private static String micros(double nanos) {
    return String.format(Locale.ROOT, "%,.0f µs", nanos / 1_000);
  }

  private Round round(
      Vertx vertx,
      AgroalDataSource pool,
      Connection writer,
      int perSecond,
      int seconds,
      boolean oursFirst)
      throws Exception {
    AtomicLongArray sentNanos = new AtomicLongArray(perSecond * seconds);
    Latencies ours = new Latencies(sentNanos);
    Latencies bare = new Latencies(sentNanos);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Sidecar sidecar = new Sidecar(sentNanos.length(), ours, threads);
      PgConnection listener;
      PostgresSource source;
      if (oursFirst) {
        source = sidecar.listen(vertx, pool, database);
        listener = listen(vertx, bare);
      } else {
        listener = listen(vertx, bare);
        source = sidecar.listen(vertx, pool, database);
      }
      try {
        double reached = new Commits(writer, CHANNEL).paced(sentNanos, perSecond);
        return new Round(ours.complete(), bare.complete(), reached);
      } finally {
        source.close();
        listener.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
      }
    }
  }

  /** The yardstick. */
  private PgConnection listen(Vertx vertx, Latencies bare) throws Exception {
    PgConnectOptions options =
        new PgConnectOptions()
            .setHost(database.host())
            .setPort(database.port())
            .setDatabase(database.name())
            .setUser(Database.USER);
    return PgConnection.connect(vertx, options)
        .compose(
            connection -> {
              connection.notificationHandler(heard -> bare.heard(heard.getPayload()));
              return connection.query("listen " + CHANNEL).execute().map(connection);
            })
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private AgroalDataSource pool() throws SQLException {
    return AgroalDataSource.from(
        new AgroalDataSourceConfigurationSupplier()
            .connectionPoolConfiguration(
                config ->
                    config
                        .maxSize(2)
                        .acquisitionTimeout(Duration.ofSeconds(5))
                        .connectionFactoryConfiguration(
                            factory ->
                                factory
                                    .jdbcUrl(database.url())
                                    .principal(new NamePrincipal(Database.USER)))));
  }

  /** Ours: the real source, pipeline and cache, filled with every key that will be evicted. */
  private static final class Sidecar {
    private final NamedCache cache;
    private final Caches caches;
    private final Latencies latencies;

    Sidecar(int keys, Latencies latencies, ExecutorService threads) {
      this.latencies = latencies;
      Ticker ticker = Ticker.systemTicker();
      Freshness freshness = new Freshness(ticker, Duration.ofSeconds(10));
      CacheSettings settings =
          new CacheSettings(
              CACHE,
              new Bound.Size(keys + 1_000L),
              Optional.empty(),
              Optional.empty(),
              Duration.ZERO,
              new OnGap.Bypass(),
              1_000_000,
              true);
      cache =
          new NamedCache(
              settings,
              Optional.empty(),
              freshness,
              new FillTokens(ticker, new SecureRandom()),
              ticker,
              threads);
      caches = new Caches(List.of(cache), freshness);
    }

    /** Gives the source back once it is fresh and the cache is full. */
    PostgresSource listen(Vertx vertx, AgroalDataSource pool, Database database)
        throws InterruptedException {
      PostgresSource source =
          PostgresSource.create(
              new PostgresSourceSettings(
                  database.url(),
                  Optional.of(Database.USER),
                  Optional::empty,
                  Duration.ofSeconds(1),
                  Duration.ofSeconds(10),
                  Duration.ofMillis(100),
                  Duration.ofSeconds(1),
                  Duration.ofSeconds(5),
                  true),
              List.of(new ChannelBinding(CHANNEL, CACHE, new KeyPayload())),
              vertx,
              pool,
              System::nanoTime,
              () -> {});
      // As in the application: whoever comes behind the caches sees an entry gone already.
      InvalidationSink behind =
          (sequence, signal) -> {
            if (signal instanceof SourceSignal.Changed(Invalidation.Key key, var ignored)) {
              latencies.heard(key.key());
            } else if (signal instanceof SourceSignal.Heartbeat heartbeat) {
              source.heartbeatApplied(heartbeat);
            }
          };
      source.start(new Pipeline(65_536, List.of(caches, behind)));
      while (!caches.freshness().isFresh()) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
      fill();
      return source;
    }

    private void fill() {
      int keys = (int) ((Bound.Size) cache.settings().bound()).entries() - 1_000;
      for (int i = 0; i < keys; i++) {
        cache.fill(Integer.toString(i), Value.of(BODY, "application/json"), null);
      }
    }
  }
}
