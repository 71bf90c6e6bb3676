/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.pipeline.Pipeline;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** More notifications than a sidecar applies: memory and PostgreSQL's queue stay bounded. */
final class FloodLiveTest {
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final int CAPACITY = 4_096;
  private static final int TRANSACTIONS = 4;
  private static final int NOTIFICATIONS = 1_000_000;
  private static final int ROWS = 5_000;
  private static final SourceSignal GATE = new SourceSignal.Rejected("gate", "gate", "gate");

  private final Vertx vertx = Vertx.vertx();
  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("flood");
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);
  private final AtomicInteger deepest = new AtomicInteger();
  private final AtomicBoolean everything = new AtomicBoolean();

  /** What a cache would hold, by its name. */
  private final Map<String, Set<String>> entries =
      Map.of(
          "products", keys(NOTIFICATIONS / 100),
          "items", keys(ROWS),
          "others", keys(1));

  private final PostgresSource source =
      PostgresSource.create(
          new PostgresSourceSettings(
              database.url(),
              Optional.of(TestPostgres.Database.USER),
              Optional::empty,
              Duration.ofMillis(200),
              Duration.ofSeconds(30),
              Duration.ofMillis(20),
              Duration.ofMillis(200),
              Duration.ofSeconds(60),
              true),
          List.of(new ChannelBinding("flood", "products", new KeyPayload())),
          vertx,
          database.dataSource(),
          System::nanoTime,
          () -> {});

  private final Pipeline pipeline =
      new Pipeline(
          CAPACITY,
          List.of(
              (sequence, signal) -> apply(signal),
              (sequence, signal) -> {
                if (signal instanceof SourceSignal.Heartbeat heartbeat) {
                  source.heartbeatApplied(heartbeat);
                }
              }));

  private static Set<String> keys(int count) {
    return IntStream.rangeClosed(1, count)
        .mapToObj(Integer::toString)
        .collect(Collectors.toCollection(ConcurrentHashMap::newKeySet));
  }

  private void apply(SourceSignal signal) {
    deepest.accumulateAndGet(depth(), Math::max);
    if (signal.equals(GATE)) {
      entered.countDown();
      try {
        assertThat(gate.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    } else if (signal instanceof SourceSignal.Changed changed) {
      forget(changed.invalidation());
    }
  }

  private int depth() {
    return pipeline.depth();
  }

  private void forget(Invalidation invalidation) {
    switch (invalidation) {
      case Invalidation.Key key -> of(key.cache()).remove(key.key());
      case Invalidation.WholeCache whole -> of(whole.cache()).clear();
      case Invalidation.Everything _ -> everything.set(true);
      case Invalidation.Tag _ -> {}
    }
  }

  private Set<String> of(String cache) {
    return entries.getOrDefault(cache, Set.of());
  }

  @BeforeEach
  void start() throws IOException {
    try (InputStream script =
        FloodLiveTest.class.getResourceAsStream("/db/sidecache/V1__sidecache.sql")) {
      assertThat(script).isNotNull();
      database.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
    }
    database.execute(
        "create table item (id bigint primary key); select sidecache.attach('item', 'items')");
    source.start(pipeline);
    await().atMost(LIMIT).until(() -> source.status().state() == State.FRESH);
    everything.set(false); // the first connection empties everything
  }

  @AfterEach
  void stop() throws Exception {
    gate.countDown();
    source.close();
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @Test
  void millionNotifications_sinkStandsStill_widenWithoutBlockingPostgres() throws Exception {
    Thread slow = Thread.ofPlatform().start(() -> pipeline.accept(GATE));
    assertThat(entered.await(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();

    for (int i = 0; i < TRANSACTIONS; i++) {
      int each = NOTIFICATIONS / TRANSACTIONS;
      database.execute(
          "select count(pg_notify('flood', g::text)::text) from generate_series(%d, %d) g"
              .formatted(i * each + 1, (i + 1) * each));
      deepest.accumulateAndGet(pipeline.depth(), Math::max);
    }
    for (int id = 1; id <= ROWS; id += 500) {
      database.execute(
          "insert into item select g from generate_series(%d, %d) g".formatted(id, id + 499));
    }
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              deepest.accumulateAndGet(pipeline.depth(), Math::max);
              return Double.parseDouble(database.query("select pg_notification_queue_usage()"))
                      < 0.000_1
                  && pipeline.overflows() >= NOTIFICATIONS / CAPACITY - 1;
            });
    assertThat(source.status().reconnects()).isZero();

    gate.countDown();
    slow.join(LIMIT);
    source.barrier().toCompletableFuture().get(LIMIT.toSeconds(), TimeUnit.SECONDS);

    assertThat(deepest.get()).isLessThanOrEqualTo(CAPACITY);
    assertThat(of("products")).isEmpty();
    assertThat(of("items")).isEmpty();
    assertThat(of("others")).as("nobody changed it").hasSize(1);
    assertThat(everything).isFalse();
  }
}
