/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.STORED;
import static io.sidecache.rest.conformance.Calls.assertHit;
import static io.sidecache.rest.conformance.Calls.entry;
import static io.sidecache.rest.conformance.Calls.newProduct;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.FaultProxy.Mode;
import java.util.List;

/** What request header fields ask for. */
final class DirectiveClauses {
  private static final String ROW = "Request headers";
  private static final String ANEW = "sidecache; fwd=request; stored";

  private DirectiveClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            ROW,
            "Cache-Control: no-cache reloads",
            () -> {
              String path = known();
              assertThat(asked(path, "no-cache").cacheStatus()).isEqualTo(ANEW);
              assertThat(asked(path, "x=y, NO-CACHE").cacheStatus()).isEqualTo(ANEW);
              Answer lines =
                  Sidecar.get(path, "Cache-Control", "max-age=9", "Cache-Control", "no-cache");
              assertThat(lines.cacheStatus()).isEqualTo(ANEW);
            }),
        new Clause(
            ROW,
            "Cache-Control: no-store keeps nothing",
            () -> {
              String path = entry("products", newProduct());
              assertThat(asked(path, "no-store").cacheStatus())
                  .isEqualTo("sidecache; fwd=uri-miss");
              assertThat(Sidecar.get(path).cacheStatus()).isEqualTo(STORED);
            }),
        new Clause(
            ROW,
            "Cache-Control: max-age wants a value that young",
            () -> {
              String path = known();
              assertHit(asked(path, "max-age=3600"));
              assertThat(asked(path, "max-age=0").cacheStatus()).as("at once").isEqualTo(ANEW);
              Sidecar.awaitGet(path, answer -> assertThat(answer.header("Age")).isNotEqualTo("0"));
              assertThat(asked(path, "max-age=0").cacheStatus()).isEqualTo(ANEW);
            }),
        new Clause(
            ROW,
            "Cache-Control: min-fresh wants a value that good yet",
            () -> {
              String path = known();
              assertHit(asked(path, "min-fresh=60"));
              assertThat(asked(path, "min-fresh=601").cacheStatus()).isEqualTo(ANEW);
            }),
        new Clause(
            ROW,
            "Cache-Control: max-stale changes nothing of what is fresh",
            () -> {
              String path = known();
              for (String field : List.of("max-stale", "max-stale=0", "max-stale=60")) {
                assertHit(asked(path, field));
              }
            }),
        new Clause(
            ROW,
            "Cache-Control: only-if-cached answers from memory or not at all",
            () -> {
              String path = known();
              assertHit(asked(path, "only-if-cached"));
              asked(path, "only-if-cached, no-cache").assertProblem(504, "not-cached");
            }),
        new Clause(
            ROW,
            "Sidecache-After: never a value older than that commit",
            () -> {
              String key = newProduct();
              for (int i = 0; i < 20; i++) {
                Sidecar.get(entry("products", key)).assertStatus(200);
                Calls.database()
                    .execute("update products set name = 'w" + i + "' where id = " + key);
                Answer answer =
                    Sidecar.get(entry("products", key), "Sidecache-After", Calls.position());
                assertThat(answer.json().getString("name")).isEqualTo("w" + i);
              }
            }),
        new Clause(
            ROW,
            "Sidecache-After: 504 position-timeout where nothing proves it",
            () -> {
              Answer ahead =
                  Sidecar.get(entry("plain", "a"), "Sidecache-After", "FFFFFFFF/0")
                      .assertProblem(504, "position-timeout");
              assertThat(ahead.cacheStatus())
                  .isEqualTo("sidecache; fwd=request; detail=position-timeout");
              assertThat(ahead.header("Retry-After")).isEqualTo("1");
              Sidecar.get(entry("plain", "a"), "Sidecache-After", "canary")
                  .assertProblem(400, "invalid-request");
            }),
        new Clause(
            ROW,
            "Sidecache-After: reads PostgreSQL where it can",
            () -> {
              String key = newProduct();
              Sidecar.get(entry("products", key)).assertStatus(200);
              ArticleDatabase.listenerProxy().setMode(Mode.BLACKHOLE);
              Calls.database().execute("update products set name = 'unheard' where id = " + key);
              Answer answer =
                  Sidecar.get(entry("products", key), "Sidecache-After", Calls.position());
              assertThat(answer.assertStatus(200).json().getString("name")).isEqualTo("unheard");
              assertThat(answer.cacheStatus()).startsWith("sidecache; fwd=");
            }));
  }

  private static String known() {
    String path = entry("products", newProduct());
    Sidecar.get(path).assertStatus(200);
    return path;
  }

  private static Answer asked(String path, String cacheControl) {
    return Sidecar.get(path, "Cache-Control", cacheControl);
  }
}
