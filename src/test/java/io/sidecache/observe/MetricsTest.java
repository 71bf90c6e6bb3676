/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleProfile;
import io.sidecache.app.Sidecar;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the management interface tells, and to whom. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class MetricsTest {
  private static final Pattern LABEL = Pattern.compile("[{,]([a-z]+)=\"([^\"]*)\"");

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  @Test
  void metrics_everyMeter_isThere() {
    String page = Sidecar.management("/metrics").assertStatus(200).text();
    for (String name :
        List.of(
            "sidecache_source_fresh 1.0",
            "sidecache_source_lag_seconds ",
            "sidecache_source_heartbeat_age_seconds ",
            "sidecache_source_disconnected_seconds 0.0",
            "sidecache_source_reconnects_total ",
            "sidecache_source_forged_heartbeats_total ",
            "sidecache_pipeline_depth ",
            "sidecache_pipeline_signals_total ",
            "sidecache_pipeline_overflows_total 0.0",
            "sidecache_pipeline_failures_total 0.0",
            "sidecache_cache_entries{cache=\"products\"} ",
            "sidecache_cache_weight_bytes{cache=\"products\"} ",
            "sidecache_cache_reads_total{cache=\"products\",result=\"hit\"} ",
            "sidecache_cache_reads_total{cache=\"products\",result=\"stale-hit\"} ",
            "sidecache_cache_reads_total{cache=\"products\",result=\"miss\"} ",
            "sidecache_cache_reads_total{cache=\"products\",result=\"bypass\"} ",
            "sidecache_cache_loads_total{cache=\"products\",result=\"answered\"} ",
            "sidecache_cache_loads_total{cache=\"products\",result=\"failed\"} ",
            "sidecache_cache_loads_total{cache=\"products\",result=\"collapsed\"} ",
            "sidecache_cache_fills_total{cache=\"products\",result=\"stored\"} ",
            "sidecache_cache_fills_total{cache=\"products\",result=\"refused\"} ",
            "sidecache_cache_evictions_total{cache=\"products\",cause=\"key\"} ",
            "sidecache_cache_evictions_total{cache=\"products\",cause=\"group\"} ",
            "sidecache_cache_evictions_total{cache=\"products\",cause=\"whole\"} ",
            "sidecache_cache_evictions_total{cache=\"products\",cause=\"rejected-payload\"} ",
            "sidecache_cache_evictions_total{cache=\"products\",cause=\"expired\"} ",
            "sidecache_cache_evictions_total{cache=\"products\",cause=\"displaced\"} ",
            "sidecache_cache_audit_checked_total{cache=\"products\"} ",
            "sidecache_cache_audit_stale_total{cache=\"products\"} ",
            "sidecache_cache_audit_inconclusive_total{cache=\"products\"} ",
            // Of the JVM, which Quarkus would have registered at the start.
            "jvm_info_total{",
            "jvm_memory_used_bytes{",
            "jvm_gc_memory_allocated_bytes_total ",
            "jvm_threads_live_threads ",
            "jvm_classes_loaded_classes ",
            "process_uptime_seconds ",
            "process_files_open_files ",
            "system_cpu_count ")) {
      assertThat(page).contains("\n" + name);
    }
  }

  /** Nobody asked for traces here. */
  @Test
  void traces_thatNobodyAskedFor_haveNeitherThreadNorMeter() {
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("BatchSpanProcessor"));
    assertThat(Sidecar.management("/metrics").text()).doesNotContain("sidecache_tracing");
  }

  @Test
  void metrics_reads_areCounted() {
    JsonObject before = Sidecar.figures("products");
    Sidecar.get("/v1/caches/products/entries/30").assertStatus(200);
    Sidecar.get("/v1/caches/products/entries/30").assertStatus(200);
    Sidecar.get("/v1/caches/products/entries/30").assertStatus(200);
    JsonObject after = Sidecar.figures("products");
    assertThat(after.getLong("misses") - before.getLong("misses")).isEqualTo(1);
    assertThat(after.getLong("hits") - before.getLong("hits")).isEqualTo(2);
    assertThat(after.getLong("loads") - before.getLong("loads")).isEqualTo(1);
    assertThat(Sidecar.management("/metrics").text())
        .contains(
            "sidecache_cache_reads_total{cache=\"products\",result=\"hit\"} "
                + (double) after.getLong("hits"));
  }

  @Test
  void metrics_afterReadsAndFillsAndFailures_haveNoKeyAsALabel() {
    Sidecar.get("/v1/caches/products/entries/4242").assertStatus(404);
    Sidecar.get("/v1/caches/failing/entries/canary-key").assertStatus(503);
    Sidecar.fill("/v1/caches/plain/entries/canary-key", "canary-value");
    Sidecar.delete("/v1/caches/plain/entries/canary-key").assertStatus(204);
    Sidecar.get("/canary-path").assertStatus(404);

    String page = Sidecar.management("/metrics").text();

    assertThat(page).doesNotContain("canary", "4242");
    assertThat(
            page.lines()
                .filter(line -> line.startsWith("sidecache_"))
                .flatMap(line -> LABEL.matcher(line).results())
                .map((MatchResult label) -> label.group(1))
                .collect(Collectors.toSet()))
        .containsExactlyInAnyOrder("cache", "result", "cause", "reason");
  }

  @Test
  void health_ofAListenerThatIsFresh_isUpWithItsData() {
    JsonObject live = Sidecar.health("live");
    assertThat(live.getString("status")).isEqualTo("UP");
    JsonObject data = Sidecar.listenerData("live");
    assertThat(data.getString("state")).isEqualTo("FRESH");
    assertThat(data.getString("channels")).contains("new_product_channel", "orders_changed");
    assertThat(data.getString("connectedSince")).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
    assertThat(data.getLong("lastHeartbeatAgeMillis")).isBetween(0L, 60_000L);
    assertThat(data.getLong("lagMicros")).isPositive();
    assertThat(data.getLong("reconnects")).isNotNegative();
    assertThat(Sidecar.health("ready").getString("status")).isEqualTo("UP");
    assertThat(Sidecar.health("started").getString("status")).isEqualTo("UP");
  }

  @Test
  void management_paths_areNotOfTheApi() {
    assertThat(Sidecar.management("/../v1/caches").status()).isEqualTo(404);
    Sidecar.get("/q/metrics").assertProblem(404, "not-found");
  }
}
