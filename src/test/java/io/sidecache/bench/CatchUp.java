/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import static org.awaitility.Awaitility.await;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.pipeline.Pipeline;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.source.postgres.PostgresSource;
import io.sidecache.source.postgres.PostgresSourceSettings;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.TestPostgres;
import io.sidecache.testing.TestPostgres.Database;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How long it takes from the moment that PostgreSQL can be reached again until the sidecar is
 * fresh, when 100,000 of its 200,000 keys have changed meanwhile.
 */
final class CatchUp {
  private static final int MISSED = 100_000;
  private static final int KEPT = 100_000;
  private static final int ROUNDS = 5;
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Database database = TestPostgres.shared().createDatabase("benchcatchup");
  private final AtomicLong closedNanos = new AtomicLong();
  private final AtomicLong heardNanos = new AtomicLong();
  private volatile Set<String> entries = Set.of();
  private volatile boolean widened;

  void run(Report report) throws Exception {
    install();
    Vertx vertx = Vertx.vertx();
    try (FaultProxy proxy = FaultProxy.to(database.port());
        PostgresSource source = source(vertx, proxy)) {
      Pipeline pipeline =
          new Pipeline(65_536, List.of((sequence, signal) -> apply(signal, source)));
      source.start(pipeline);
      until(() -> source.status().state() == State.FRESH);
      measure(
          report,
          "500 a row of the log",
          source,
          proxy,
          "update item set n = n + 1 where id <= %d");
      measure(
          report,
          "one a row of the log",
          source,
          proxy,
          "do $$ begin for i in 1..%d loop update item set n = n + 1 where id = i; end loop; end $$");
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
  }

  private void install() throws IOException {
    try (InputStream script =
        CatchUp.class.getResourceAsStream("/db/sidecache/V1__sidecache.sql")) {
      if (script == null) {
        throw new IllegalStateException("the schema's script is missing");
      }
      database.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
    }
    database.execute(
        "create table item (id bigint primary key, n int);"
            + "insert into item select g, 0 from generate_series(1, "
            + (MISSED + KEPT)
            + ") g; analyze item;"
            + "select sidecache.attach('item', 'items', coarsen_after => 1000000)");
  }

  private PostgresSource source(Vertx vertx, FaultProxy proxy) {
    return PostgresSource.create(
        new PostgresSourceSettings(
            database.urlThrough(proxy.port()),
            Optional.of(Database.USER),
            Optional::empty,
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofMillis(1),
            Duration.ofMillis(10),
            Duration.ofSeconds(30),
            true),
        List.of(),
        vertx,
        database.dataSource(),
        System::nanoTime,
        () -> {});
  }

  private void measure(
      Report report, String shape, PostgresSource source, FaultProxy proxy, String change)
      throws InterruptedException {
    List<Double> seconds = new ArrayList<>();
    boolean exact = true;
    for (int round = 0; round < ROUNDS; round++) {
      entries =
          IntStream.rangeClosed(1, MISSED + KEPT)
              .mapToObj(Integer::toString)
              .collect(Collectors.toCollection(ConcurrentHashMap::newKeySet));
      widened = false;
      proxy.setMode(FaultProxy.Mode.RESET);
      until(() -> source.status().disconnectedFor().isPresent());
      database.execute(change.formatted(MISSED));
      heardNanos.set(0);
      closedNanos.set(0);
      long fromNanos = System.nanoTime();
      proxy.setMode(FaultProxy.Mode.PASS);
      until(() -> heardNanos.get() != 0);
      seconds.add((heardNanos.get() - fromNanos) / 1e9);
      exact &= entries.size() == KEPT && entries.contains(Integer.toString(MISSED + 1)) && !widened;
    }
    double median = Median.of(seconds);
    report.goal(
        String.format(Locale.ROOT, "%,d missed keys caught up, %s", MISSED, shape),
        String.format(Locale.ROOT, "%.2f s", median),
        "below 1 s, nothing else evicted" + (exact ? "" : " (something else was)"),
        exact && median < 1);
  }

  private void apply(SourceSignal signal, PostgresSource source) {
    switch (signal) {
      case SourceSignal.Changed changed -> forget(changed.invalidation());
      case SourceSignal.Heartbeat heartbeat -> {
        if (closedNanos.get() != 0) {
          heardNanos.compareAndSet(0, System.nanoTime());
        }
        source.heartbeatApplied(heartbeat);
      }
      case SourceSignal.GapClosed _ -> closedNanos.set(System.nanoTime());
      case SourceSignal.GapOpened _, SourceSignal.Rejected _ -> {}
    }
  }

  private void forget(Invalidation invalidation) {
    if (invalidation instanceof Invalidation.Key key) {
      entries.remove(key.key());
    } else {
      widened = true;
    }
  }

  private static void until(BooleanSupplier condition) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .atMost(LIMIT)
        .until(condition::getAsBoolean);
  }
}
