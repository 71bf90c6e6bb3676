/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.bulkGet;
import static io.sidecache.rest.conformance.Calls.entry;
import static io.sidecache.rest.conformance.Calls.newProduct;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.FaultProxy.Mode;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** What is answered while freshness cannot be proven. */
final class GapClauses {
  private static final String ROW = "GET in a gap";
  private static final String BYPASS = "sidecache; fwd=bypass; detail=gap";
  private static final String HIT_GAP = "sidecache; hit; detail=gap";

  private GapClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            ROW,
            "on-gap: bypass, with a load: read from PostgreSQL, not stored",
            () -> {
              String path = entry("products", newProduct());
              Sidecar.get(path).assertStatus(200);
              open();
              Answer answer = awaitStatus(path, BYPASS).assertStatus(200);
              assertThat(answer.header("Cache-Status")).isEqualTo(BYPASS);
              assertThat(Sidecar.get(path).cacheStatus()).isEqualTo(BYPASS);
            }),
        new Clause(
            ROW,
            "on-gap: bypass, with a load that fails: 503 with fwd=bypass; detail=gap",
            () -> {
              open();
              Answer answer =
                  awaitStatus(entry("failing", "gap"), BYPASS).assertProblem(503, "load-failed");
              assertThat(answer.header("Retry-After")).isEqualTo("1");
            }),
        new Clause(
            ROW,
            "on-gap: bypass, look-aside: a miss with a token",
            () -> {
              Sidecar.fill(entry("plain", "gap"), "x");
              open();
              Answer miss =
                  awaitStatus(entry("plain", "gap"), BYPASS).assertProblem(404, "entry-absent");
              assertThat(miss.token()).isNotEmpty();
            }),
        new Clause(
            ROW,
            "on-gap: serve-stale: the value, hit; detail=gap, with Age",
            () -> {
              Sidecar.fill(entry("kept", "gap"), "x");
              open();
              Answer stale = awaitStatus(entry("kept", "gap"), HIT_GAP).assertStatus(200);
              assertThat(stale.text()).isEqualTo("x");
              assertThat(stale.header("Age")).matches("\\d+");
              assertThat(stale.header("Cache-Status")).as("no ttl").isEqualTo(HIT_GAP);
            }),
        new Clause(
            ROW,
            "on-gap: serve-stale: at most max-stale old",
            () -> {
              String path = entry("brief", newProduct());
              Sidecar.get(path).assertStatus(200);
              open();
              awaitStatus(path, BYPASS).assertStatus(200);
            }),
        new Clause(
            ROW,
            "Cache-Control: max-stale bounds what is served stale",
            () -> {
              Sidecar.fill(entry("kept", "bound"), "x");
              open();
              awaitStatus(entry("kept", "bound"), HIT_GAP);
              Sidecar.awaitGet(
                  entry("kept", "bound"),
                  answer -> assertThat(answer.header("Age")).isNotEqualTo("0"));
              Answer narrow = Sidecar.get(entry("kept", "bound"), "Cache-Control", "max-stale=0");
              assertThat(narrow.assertStatus(404).cacheStatus()).isEqualTo(BYPASS);
              assertThat(
                      Sidecar.get(entry("kept", "bound"), "Cache-Control", "max-stale=60")
                          .cacheStatus())
                  .isEqualTo(HIT_GAP);
              assertThat(
                      Sidecar.get(entry("kept", "bound"), "Cache-Control", "min-fresh=1")
                          .cacheStatus())
                  .isEqualTo(BYPASS);
            }),
        new Clause(
            ROW,
            "only-if-cached: 504 with fwd=bypass; detail=gap",
            () -> {
              Sidecar.fill(entry("plain", "cached"), "x");
              open();
              awaitStatus(entry("plain", "cached"), BYPASS);
              Answer answer =
                  Sidecar.get(entry("plain", "cached"), "Cache-Control", "only-if-cached")
                      .assertProblem(504, "not-cached");
              assertThat(answer.cacheStatus()).isEqualTo(BYPASS);
            }),
        new Clause(
            ROW,
            "entries/get: the same for each key",
            () -> {
              Sidecar.fill(entry("kept", "many"), "x");
              open();
              awaitStatus(entry("kept", "many"), HIT_GAP);
              JsonObject kept = bulkGet("kept", List.of("many")).assertStatus(200).json();
              assertThat(
                      kept.getJsonObject("entries").getJsonObject("many").getString("cacheStatus"))
                  .isEqualTo(HIT_GAP);
              JsonObject loaded = bulkGet("products", List.of("1")).assertStatus(200).json();
              assertThat(
                      loaded.getJsonObject("entries").getJsonObject("1").getString("cacheStatus"))
                  .isEqualTo(BYPASS);
              bulkGet("plain", List.of("a"), "Sidecache-After", Calls.position())
                  .assertProblem(504, "position-timeout");
            }));
  }

  private static void open() {
    ArticleDatabase.listenerProxy().setMode(Mode.BLACKHOLE);
  }

  private static Answer awaitStatus(String path, String cacheStatus) {
    return Sidecar.awaitGet(
        path, answer -> assertThat(answer.cacheStatus()).isEqualTo(cacheStatus));
  }
}
