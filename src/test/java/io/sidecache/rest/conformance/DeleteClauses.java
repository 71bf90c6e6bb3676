/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.FaultProxy.Mode;
import java.util.List;

/** {@code DELETE} of an entry, and of all. */
final class DeleteClauses {
  private static final String ALL = "/v1/caches/plain/entries";

  private DeleteClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            "DELETE entry",
            "204; published to PostgreSQL, gone when it is answered",
            () -> {
              String path = entry("plain", "deleted");
              Sidecar.fill(path, "x");
              long logged = logged();
              Answer answer = Sidecar.delete(path).assertStatus(204);
              assertThat(answer.body().length()).isZero();
              assertThat(answer.cacheStatus()).isEqualTo("sidecache");
              Sidecar.get(path).assertProblem(404, "entry-absent");
              assertThat(logged()).isEqualTo(logged + 1);
            }),
        new Clause(
            "DELETE entry",
            "503 when PostgreSQL is away",
            () -> {
              Sidecar.fill(entry("kept", "stays"), "x");
              away(entry("kept", "stays"));
            }),
        new Clause(
            "DELETE entry",
            "?scope=local: in this sidecar alone",
            () -> {
              String path = entry("plain", "local");
              Sidecar.fill(path, "x");
              long logged = logged();
              Sidecar.delete(path + "?scope=local").assertStatus(204);
              Sidecar.get(path).assertProblem(404, "entry-absent");
              assertThat(logged()).isEqualTo(logged);
              Sidecar.delete(path + "?scope=canary").assertProblem(400, "invalid-request");
            }),
        new Clause(
            "DELETE entries",
            "204; empties the cache everywhere, and that one alone",
            () -> {
              Sidecar.fill(entry("plain", "one"), "x");
              Sidecar.put(entry("unfenced", "other"), "x");
              long logged = logged();
              Sidecar.delete(ALL).assertStatus(204);
              Sidecar.get(entry("plain", "one")).assertProblem(404, "entry-absent");
              Sidecar.get(entry("unfenced", "other")).assertStatus(200);
              assertThat(logged()).isEqualTo(logged + 1);
            }),
        new Clause("DELETE entries", "503 when PostgreSQL is away", () -> away(ALL)),
        new Clause(
            "DELETE entries",
            "?scope=local: in this sidecar alone",
            () -> {
              Sidecar.fill(entry("plain", "two"), "x");
              long logged = logged();
              Sidecar.delete(ALL + "?scope=local").assertStatus(204);
              Sidecar.get(entry("plain", "two")).assertProblem(404, "entry-absent");
              assertThat(logged()).isEqualTo(logged);
            }));
  }

  /** How many rows the log of changes has. */
  static long logged() {
    return Long.parseLong(Calls.database().query("select count(*) from sidecache.invalidation"));
  }

  private static void away(String path) {
    ArticleDatabase.poolProxy().setMode(Mode.REFUSE);
    Answer answer = Sidecar.delete(path).assertProblem(503, "source-unavailable");
    assertThat(answer.header("Retry-After")).isEqualTo("1");
    assertThat(answer.cacheStatus()).isEqualTo("sidecache");
  }
}
