/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.cache.Audit;
import io.sidecache.cache.Caches;
import io.sidecache.source.InvalidationSource;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The audit against a real database: what it must find, and what it must not. */
@QuarkusTest
@TestProfile(ConsistencyProfile.class)
final class AuditLiveTest {
  private static final String PRODUCTS = "/v1/caches/products/entries/";
  private static final String VOLATILE = "/v1/caches/volatile/entries/";
  private static final int SAMPLES = 100;

  private final TestPostgres.Database database = ArticleDatabase.database();
  private final FaultProxy listener = ArticleDatabase.listenerProxy();

  @Inject Caches caches;
  @Inject InvalidationSource source;

  @BeforeEach
  @AfterEach
  void whole() {
    listener.setMode(FaultProxy.Mode.PASS);
    Sidecar.awaitFresh();
  }

  private static JsonObject audits(String cache) {
    return Sidecar.figures(cache).getJsonObject("audit");
  }

  @Test
  void schedule_entryChangedBehindTheTriggers_isFoundCountedAndEvicted() {
    Sidecar.delete("/v1/caches/products/entries").assertStatus(204);
    long stale = audits("products").getLong("stale");
    Sidecar.get(PRODUCTS + "60").assertStatus(200);
    Sidecar.get(PRODUCTS + "61").assertStatus(200);

    database.execute(
        "begin; set local session_replication_role = replica;"
            + " update products set name = 'canary behind' where id = 60; commit");
    // Nobody has told: this is what the audit is for.
    try (LogCapture log = LogCapture.start()) {
      await().atMost(Sidecar.LIMIT).until(() -> audits("products").getLong("stale") == stale + 1);
      assertThat(log.lines())
          .anyMatch(line -> line.contains("cache products: an entry"))
          .noneMatch(line -> line.contains("canary"));
    }
    assertThat(Sidecar.get(PRODUCTS + "60").json().getString("name")).isEqualTo("canary behind");
    assertThat(Sidecar.management("/metrics").text())
        .contains("sidecache_cache_audit_stale_total{cache=\"products\"} " + (double) (stale + 1));
  }

  @Test
  void sample_changesInFlightUnderLoad_neverAlarms() throws Exception {
    long stale = audits("products").getLong("stale");
    long checked = audits("products").getLong("checked");
    AtomicInteger inFlight = new AtomicInteger();
    Audit counted =
        new Audit(
            caches,
            () -> {
              inFlight.incrementAndGet();
              return source.barrier();
            },
            new Random());
    AtomicBoolean ended = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> load = new ArrayList<>();
      try {
        load.add(threads.submit(() -> write(ended)));
        load.add(threads.submit(() -> read(ended)));
        sampleUntil(counted, checked + SAMPLES);
        listener.setMode(FaultProxy.Mode.SLOW);
        sampleUntil(counted, checked + 2 * SAMPLES);
      } finally {
        ended.set(true);
      }
      for (Future<?> task : load) {
        assertThat(task.get()).as("rounds").isNotEqualTo(0);
      }
    }
    assertThat(inFlight).as("differences that had to be looked at again").hasPositiveValue();
    assertThat(audits("products").getLong("stale")).isEqualTo(stale);
    assertThat(audits("products").getLong("inconclusive")).isZero();
  }

  private static void sampleUntil(Audit audit, long checked) {
    await()
        .atMost(Sidecar.LIMIT)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(1))
        .until(
            () -> {
              audit.sample().toCompletableFuture().join();
              return audits("products").getLong("checked") >= checked;
            });
  }

  private int write(AtomicBoolean ended) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      int written = 0;
      for (; !ended.get(); written++) {
        statement.execute("update products set price = price + 1 where id = " + (70 + written % 4));
      }
      return written;
    }
  }

  private static int read(AtomicBoolean ended) {
    int read = 0;
    for (; !ended.get(); read++) {
      Sidecar.get(PRODUCTS + (70 + read % 4)).assertStatus(200);
    }
    return read;
  }

  @Test
  void schedule_volatileLoad_isInconclusive() {
    long stale = audits("volatile").getLong("stale");
    long before = audits("volatile").getLong("inconclusive");
    Sidecar.get(VOLATILE + "a").assertStatus(200);
    await().atMost(Sidecar.LIMIT).until(() -> audits("volatile").getLong("inconclusive") > before);
    assertThat(audits("volatile").getLong("stale")).isEqualTo(stale);
    assertThat(Sidecar.get(VOLATILE + "a").cacheStatus()).isEqualTo("sidecache; hit");
  }

  @Test
  void figures_lookAside_haveNoAudit() {
    assertThat(Sidecar.figures("plain").containsKey("audit")).isFalse();
  }
}
