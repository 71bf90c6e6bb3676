/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.FaultProxy;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** PostgreSQL is not there when the application starts, and comes later. */
@QuarkusTest
@TestProfile(AbsentProfile.class)
final class AbsentDatabaseTest {
  private static final String PRODUCT = "/v1/caches/products/entries/1";
  private static final String ORDER = "/v1/caches/orders/entries/1";

  private static final String INSTALLED =
      "select count(*) from pg_class where relnamespace = to_regnamespace('sidecache')"
          + " and relname = 'invalidation'";
  private static final Set<String> STATES = Set.of("CONNECTING", "BACKOFF");

  private static JsonObject listening() {
    return Sidecar.listenerData("live");
  }

  @Test
  void start_withoutPostgresql_waitsAliveAndBecomesReadyByItself() {
    assertThat(Sidecar.health("live").getString("status")).isEqualTo("UP");
    await().atMost(Sidecar.LIMIT).until(() -> listening().getString("state"), STATES::contains);
    assertThat(Sidecar.health("live").getString("status")).isEqualTo("UP");
    assertThat(listening().containsKey("lastHeartbeatAgeMillis")).isFalse();
    assertThat(Sidecar.health("ready").getString("status")).isEqualTo("DOWN");
    assertThat(Sidecar.health("started").getString("status")).isEqualTo("UP");

    Sidecar.get(PRODUCT).assertProblem(503, "load-failed");
    Answer miss = Sidecar.get(ORDER).assertProblem(404, "entry-absent");
    assertThat(miss.cacheStatus()).isEqualTo("sidecache; fwd=bypass; detail=gap");
    String token = miss.token();
    Sidecar.delete(ORDER).assertProblem(503, "source-unavailable");
    assertThat(Sidecar.management("/metrics").text())
        .contains("sidecache_source_fresh 0.0", "sidecache_source_lag_seconds NaN");

    try (LogCapture log = LogCapture.start()) {
      int attempts = ArticleDatabase.listenerProxy().acceptedConnections();
      await()
          .atMost(Sidecar.LIMIT)
          .until(() -> ArticleDatabase.listenerProxy().acceptedConnections() > attempts + 10);
      // It was said at the start; ten attempts later it has not been said again.
      assertThat(log.lines()).noneMatch(line -> line.contains("io.sidecache"));
    }

    ArticleDatabase.poolProxy().setMode(FaultProxy.Mode.PASS);
    ArticleDatabase.listenerProxy().setMode(FaultProxy.Mode.PASS);

    await()
        .atMost(Sidecar.LIMIT)
        .until(() -> Sidecar.health("ready").getString("status").equals("UP"));
    awaitSchemaInUse();
    assertThat(Sidecar.get(PRODUCT).assertStatus(200).cacheStatus())
        .isEqualTo("sidecache; fwd=uri-miss; stored");
    Sidecar.put(ORDER, "x", "Sidecache-Fill", token).assertProblem(412, "fill-refused");
    Sidecar.fill(ORDER, "x");
    Sidecar.delete(ORDER).assertStatus(204);
    reconnected_schemaInUse_missedChangesAreReadFromTheLog();
  }

  /** A connection that was made before the schema came ends when it is noticed. */
  private static void awaitSchemaInUse() {
    await()
        .atMost(Sidecar.LIMIT)
        .until(() -> ArticleDatabase.database().query(INSTALLED), "1"::equals);
    reconnect();
    Sidecar.awaitFresh();
  }

  private static void reconnect() {
    ArticleDatabase.listenerProxy().setMode(FaultProxy.Mode.RESET);
    await().atMost(Sidecar.LIMIT).until(() -> !listening().getString("state").equals("FRESH"));
    ArticleDatabase.listenerProxy().setMode(FaultProxy.Mode.PASS);
  }

  private static void reconnected_schemaInUse_missedChangesAreReadFromTheLog() {
    try (LogCapture log = LogCapture.start()) {
      reconnect();
      await()
          .atMost(Sidecar.LIMIT)
          .until(() -> log.lines().stream().anyMatch(line -> line.contains("caught up: ")));
    }
    Sidecar.awaitFresh();
  }
}
