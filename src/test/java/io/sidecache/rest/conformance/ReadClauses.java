/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.FILL;
import static io.sidecache.rest.conformance.Calls.STORED;
import static io.sidecache.rest.conformance.Calls.assertHit;
import static io.sidecache.rest.conformance.Calls.entry;
import static io.sidecache.rest.conformance.Calls.newProduct;
import static io.sidecache.rest.conformance.Calls.noProduct;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.app.ConformanceProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@code GET} and {@code HEAD} of an entry. */
final class ReadClauses {
  private static final String ROW = "GET, HEAD entry";

  private ReadClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            ROW,
            "the value byte for byte, with its media type",
            () -> {
              byte[] bytes = new byte[256];
              for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) i;
              }
              String path = entry("plain", "bytes");
              Sidecar.put(
                      path,
                      bytes,
                      FILL,
                      Sidecar.get(path).token(),
                      "Content-Type",
                      "image/x; a=\"b\"")
                  .assertStatus(201);
              Answer answer = Sidecar.get(path).assertStatus(200);
              assertThat(answer.body().getBytes()).isEqualTo(bytes);
              assertThat(answer.header("Content-Type")).isEqualTo("image/x; a=\"b\"");
            }),
        new Clause(
            ROW,
            "with a load, a miss reads PostgreSQL: fwd=uri-miss; stored",
            () -> {
              Answer answer = Sidecar.get(entry("products", newProduct())).assertStatus(200);
              assertThat(answer.cacheStatus()).isEqualTo(STORED);
              assertThat(answer.header("Content-Type")).isEqualTo("application/json");
            }),
        new Clause(
            ROW,
            "200 with ETag, Age, Cache-Status hit",
            () -> {
              String path = entry("products", newProduct());
              String etag = Sidecar.get(path).header("ETag");
              Answer hit = Sidecar.get(path);
              assertHit(hit);
              assertThat(hit.header("ETag")).isEqualTo(etag).matches("\"[0-9a-f]{16}\"");
              assertThat(hit.header("Age")).matches("\\d+");
            }),
        new Clause(
            ROW,
            "Cache-Status tells the ttl of what has an end, and of nothing else",
            () -> {
              String path = entry("products", newProduct());
              assertThat(Sidecar.get(path).header("Cache-Status"))
                  .matches(STORED + "; ttl=(600|5[3-9]\\d)");
              assertThat(Sidecar.get(path).header("Cache-Status"))
                  .matches("sidecache; hit; ttl=(600|5\\d\\d)");
              Sidecar.fill(entry("plain", "endless"), "x");
              assertThat(Sidecar.get(entry("plain", "endless")).header("Cache-Status"))
                  .isEqualTo("sidecache; hit");
            }),
        new Clause(
            ROW,
            "Age and ttl add up to the life",
            () -> {
              Sidecar.fill(entry("plain", "life"), "x", "Cache-Control", "max-age=100");
              Answer hit =
                  Sidecar.awaitGet(
                      entry("plain", "life"), a -> assertThat(a.header("Age")).isNotEqualTo("0"));
              int ttl = Integer.parseInt(hit.header("Cache-Status").replaceAll(".*ttl=", ""));
              assertThat(ttl + Integer.parseInt(hit.header("Age"))).isBetween(89, 100);
            }),
        new Clause(ROW, "concurrent misses share a load: collapsed", ReadClauses::collapsed),
        new Clause(
            ROW,
            "304 for If-None-Match: strong, weak, a list, *, in several lines",
            () -> {
              String path = entry("products", newProduct());
              String etag = Sidecar.get(path).header("ETag");
              for (String field :
                  List.of(etag, "W/" + etag, "*", "\"x\", " + etag, "\"x\" ,W/" + etag)) {
                Answer known = Sidecar.get(path, "If-None-Match", field).assertStatus(304);
                assertThat(known.body().length()).isZero();
                assertThat(known.header("ETag")).isEqualTo(etag);
                assertThat(known.cacheStatus()).isEqualTo("sidecache; hit");
              }
              Sidecar.get(path, "If-None-Match", "\"x\"", "If-None-Match", etag).assertStatus(304);
              Sidecar.get(path, "If-None-Match", "\"x\", W/\"y\"").assertStatus(200);
            }),
        new Clause(
            ROW,
            "304 after a load tells the database's answer: fwd-status=200",
            () -> {
              String path = entry("products", newProduct());
              String etag = Sidecar.get(path).header("ETag");
              Answer known =
                  Sidecar.get(path, "If-None-Match", etag, "Cache-Control", "no-cache")
                      .assertStatus(304);
              assertThat(known.cacheStatus())
                  .isEqualTo("sidecache; fwd=request; fwd-status=200; stored");
            }),
        new Clause(
            ROW,
            "look-aside: 404 with Sidecache-Fill",
            () -> {
              Answer miss =
                  Sidecar.get(entry("plain", "absent")).assertProblem(404, "entry-absent");
              assertThat(miss.token()).isNotEmpty();
              assertThat(miss.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss");
            }),
        new Clause(
            ROW,
            "no such row: 404 without a token, and remembered",
            () -> {
              String path = entry("products", noProduct());
              Answer absent = Sidecar.get(path).assertProblem(404, "row-absent");
              assertThat(absent.cacheStatus()).isEqualTo(STORED);
              Answer known = Sidecar.get(path).assertProblem(404, "row-absent");
              assertThat(known.cacheStatus()).isEqualTo("sidecache; hit; detail=negative");
              assertThat(known.header("Cache-Status"))
                  .matches(".*; ttl=(30|2\\d); detail=negative");
              assertThat(known.headers().firstValue(FILL)).isEmpty();
            }),
        new Clause(
            ROW,
            "504 for only-if-cached misses",
            () -> {
              for (String cache : List.of("products", "plain")) {
                Answer answer =
                    Sidecar.get(entry(cache, noProduct()), "Cache-Control", "only-if-cached")
                        .assertProblem(504, "not-cached");
                assertThat(answer.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss");
              }
            }),
        new Clause(
            ROW,
            "503 when the load fails",
            () -> {
              Answer answer = Sidecar.get(entry("failing", "a")).assertProblem(503, "load-failed");
              assertThat(answer.cacheStatus())
                  .isEqualTo("sidecache; fwd=uri-miss; detail=load-failed");
              assertThat(answer.header("Retry-After")).isEqualTo("1");
            }),
        new Clause(ROW, "429 with Retry-After when too many loads wait", ReadClauses::tooMany),
        new Clause(ROW, "HEAD equals GET without the content", ReadClauses::head));
  }

  /** What a test does while no load of the cache {@code gated} comes to its end. */
  @FunctionalInterface
  private interface WhileGated {
    void run(List<CompletableFuture<Answer>> answers);
  }

  private static List<CompletableFuture<Answer>> whileGated(WhileGated meanwhile) throws Exception {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    try (Connection gate = Calls.database().dataSource().getConnection();
        Statement statement = gate.createStatement()) {
      statement.execute("select pg_advisory_lock(" + ConformanceProfile.GATE + ")");
      meanwhile.run(answers);
    }
    return answers;
  }

  /** A reader that comes after a gap begins a load of its own, so that readers keep coming. */
  private static void collapsed() throws Exception {
    long before = Sidecar.figures("gated").getLong("collapsed");
    List<CompletableFuture<Answer>> answers =
        whileGated(
            each ->
                await()
                    .atMost(Sidecar.LIMIT)
                    .until(
                        () -> {
                          each.add(Sidecar.getAsync(entry("gated", "one")));
                          return Sidecar.figures("gated").getLong("collapsed") > before;
                        }));
    List<String> statuses = answers.stream().map(each -> each.join().cacheStatus()).toList();
    assertThat(statuses).contains(STORED, STORED + "; collapsed");
  }

  /** Requests overtake each other on their connections: any of them may be one too many. */
  private static void tooMany() throws Exception {
    List<CompletableFuture<Answer>> answers =
        whileGated(
            each -> {
              for (int i = 0; i < 100; i++) {
                each.add(Sidecar.getAsync(entry("gated", "many-" + i)));
              }
              await()
                  .atMost(Sidecar.LIMIT)
                  .until(() -> each.stream().anyMatch(CompletableFuture::isDone));
            });
    List<Answer> all = answers.stream().map(CompletableFuture::join).toList();
    assertThat(all).extracting(Answer::status).contains(200, 429).containsOnly(200, 429);
    for (Answer refused : all) {
      if (refused.status() == 429) {
        refused.assertProblem(429, "too-many-loads");
        assertThat(refused.header("Retry-After")).isEqualTo("1");
      }
    }
  }

  private static void head() {
    String product = entry("products", newProduct());
    Sidecar.get(product).assertStatus(200);
    Sidecar.fill(entry("plain", "head"), "abc", "Content-Encoding", "x", "Cache-Groups", "\"g\"");
    String etag = Sidecar.get(product).header("ETag");
    String absent = entry("products", noProduct());
    Sidecar.get(absent).assertStatus(404);
    for (String path :
        List.of(
            product, absent, entry("plain", "head"), entry("failing", "h"), entry("none", "x"))) {
      same(path);
      same(path, "Cache-Control", "only-if-cached");
    }
    same(product, "If-None-Match", etag);
    assertThat(Sidecar.head(entry("plain", "not there")).assertStatus(404).token()).isNotEmpty();
  }

  private static void same(String path, String... fields) {
    Answer get = Sidecar.get(path, fields);
    Answer head = Sidecar.head(path, fields);
    assertThat(head.status()).as(path).isEqualTo(get.status());
    assertThat(head.body().length()).isZero();
    for (String field :
        List.of(
            "Content-Type",
            "Content-Length",
            "Content-Encoding",
            "ETag",
            "Cache-Groups",
            "X-Content-Type-Options")) {
      assertThat(head.header(field)).as(path + " " + field).isEqualTo(get.header(field));
    }
    assertThat(head.cacheStatus()).isEqualTo(get.cacheStatus());
  }
}
