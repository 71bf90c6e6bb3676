/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.ArticleProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever a client sends wrong is answered with a problem that tells nothing it should not. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class BadInputTest {
  private static final String PLAIN = "/v1/caches/plain/entries/";
  private static final String ORDERS = "/v1/caches/orders/entries/";
  private static final String PRODUCTS = "/v1/caches/products/entries/";
  private static final String FILL = "Sidecache-Fill";

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  @Test
  void cache_unknown_isNotFoundByEveryMethod() {
    String path = "/v1/caches/nobodys/entries/canary-key";
    Sidecar.get(path).assertProblem(404, "unknown-cache");
    Sidecar.head(path).assertStatus(404);
    Sidecar.put(path, "x").assertProblem(404, "unknown-cache");
    Sidecar.delete(path).assertProblem(404, "unknown-cache");
    Sidecar.delete("/v1/caches/nobodys/entries").assertProblem(404, "unknown-cache");
    Sidecar.get("/v1/caches/nobodys").assertProblem(404, "unknown-cache");
    Sidecar.get("/v1/caches/PLAIN/entries/canary-key").assertProblem(404, "unknown-cache");
  }

  @Test
  void key_longerThanMayBe_isRefused() {
    Sidecar.get(PLAIN + "x".repeat(512)).assertProblem(404, "entry-absent");
    Sidecar.get(PLAIN + "x".repeat(513)).assertProblem(400, "invalid-key");
    Sidecar.get(PLAIN + "%C3%A4".repeat(256)).assertProblem(404, "entry-absent");
    Sidecar.get(PLAIN + "%C3%A4".repeat(256) + "x").assertProblem(400, "invalid-key");
    Sidecar.get(PRODUCTS + "1".repeat(513)).assertProblem(400, "invalid-key");
    Sidecar.put(PLAIN + "x".repeat(513), "x", FILL, "x").assertProblem(400, "invalid-key");
    Sidecar.delete(PLAIN + "x".repeat(513)).assertProblem(400, "invalid-key");
  }

  @Test
  void key_empty_isRefused() {
    Sidecar.get(PLAIN).assertProblem(400, "invalid-key");
    Sidecar.put(PLAIN, "x").assertProblem(400, "invalid-key");
    Sidecar.delete(PLAIN).assertProblem(400, "invalid-key");
  }

  @Test
  void key_ofTwoSegments_isRefused() {
    Sidecar.get(PLAIN + "canary/key").assertProblem(400, "invalid-key");
    Sidecar.get(PLAIN + "canary/").assertProblem(400, "invalid-key");
  }

  @Test
  void key_percentEncodingMalformed_isRefused() {
    for (String key : List.of("%zz", "%4", "%", "canary%", "a%2", "%%41", "%u0041", "%-1", "%+1")) {
      Answer answer = Sidecar.rawGet(PLAIN + key);
      assertThat(answer.status()).as(key).isEqualTo(400);
      answer.assertProblem(400, "invalid-key");
    }
  }

  @Test
  void path_percentEncodingMalformed_isRefused() {
    for (String path : List.of("/%zz", "/v1/caches/%zz", "/v1/%4", "/v1/caches/%zz/entries/1")) {
      Answer answer = Sidecar.rawGet(path);
      assertThat(answer.status()).as(path).isIn(400, 404);
      answer.assertProblem(
          answer.status(), answer.status() == 400 ? "invalid-request" : "unknown-cache");
    }
  }

  @Test
  void key_notUtf8_isRefused() {
    for (String key :
        List.of("%ff", "%C3", "%C3%28", "%ED%A0%80", "%C0%80", "%F5%80%80%80", "canary%ff")) {
      Sidecar.get(PLAIN + key).assertProblem(400, "invalid-key");
    }
  }

  @Test
  void key_octetsNotEscaped_areRefused() {
    Sidecar.rawGet(PLAIN + "\u00e4").assertProblem(400, "invalid-key");
    Sidecar.rawGet(PLAIN + "a\u007fb").assertProblem(400, "invalid-key");
  }

  @Test
  void key_withANul_isRefused() {
    Sidecar.get(PLAIN + "canary%00key").assertProblem(400, "invalid-key");
    Sidecar.get(PRODUCTS + "%00").assertProblem(400, "invalid-key");
    Sidecar.delete(PLAIN + "%00").assertProblem(400, "invalid-key");
  }

  @Test
  void body_declaredOverTheLimit_isRefused() {
    String token = Sidecar.get(ORDERS + "big").token();
    byte[] most = new byte[ArticleProfile.ORDER_BYTES];
    Sidecar.put(ORDERS + "big", new byte[most.length + 1], FILL, token)
        .assertProblem(413, "entry-too-large");
    Sidecar.get(ORDERS + "big").assertProblem(404, "entry-absent");
    Sidecar.put(ORDERS + "big", most, FILL, token).assertStatus(201);
    assertThat(Sidecar.get(ORDERS + "big").body().length()).isEqualTo(most.length);
  }

  @Test
  void body_declaredFarOverTheLimit_isRefusedBeforeItIsSent() {
    Answer answer =
        Sidecar.parse(
            Sidecar.raw(
                "PUT "
                    + ORDERS
                    + "huge HTTP/1.1\r\nHost: sidecache\r\nSidecache-Fill: x\r\n"
                    + "Content-Length: 99999999999\r\n\r\n"));
    answer.assertProblem(413, "entry-too-large");
  }

  @Test
  void body_sentWholeBeforeTheAnswerIsRead_isRefused() {
    int length = 16 << 20;
    Answer answer =
        Sidecar.parse(
            Sidecar.rawUntilClosed(
                "PUT "
                    + ORDERS
                    + "huge HTTP/1.1\r\nHost: sidecache\r\nSidecache-Fill: x\r\nContent-Length: "
                    + length
                    + "\r\n\r\n"
                    + "x".repeat(length)));
    answer.assertProblem(413, "entry-too-large");
  }

  @Test
  void put_withoutATokenAndWithALongBody_isRefused() {
    int length = 16 << 20;
    Answer answer =
        Sidecar.parse(
            Sidecar.raw(
                "PUT "
                    + ORDERS
                    + "huge HTTP/1.1\r\nHost: sidecache\r\nContent-Length: "
                    + length
                    + "\r\n\r\n"
                    + "x".repeat(length)));
    answer.assertProblem(428, "fill-token-required");
  }

  @Test
  void query_percentEncodingMalformed_isRefused() {
    String request = " HTTP/1.1\r\nHost: sidecache\r\nConnection: close\r\n\r\n";
    for (String query : List.of("?scope=%zz", "?%zz", "?scope=%4")) {
      Sidecar.parse(Sidecar.raw("DELETE " + PLAIN + "canary" + query + request))
          .assertProblem(400, "invalid-request");
    }
    assertThat(Sidecar.rawGet(PRODUCTS + "21?canary=%zz").status()).isEqualTo(200);
  }

  @Test
  void body_inChunksOverTheLimit_isRefused() {
    String token = Sidecar.get(ORDERS + "chunked").token();
    byte[] body = new byte[ArticleProfile.ORDER_BYTES + 1];
    Sidecar.send(
            "PUT",
            ORDERS + "chunked",
            BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)),
            FILL,
            token)
        .assertProblem(413, "entry-too-large");
    Sidecar.get(ORDERS + "chunked").assertProblem(404, "entry-absent");
  }

  @Test
  void method_unknown_isRefusedWithThoseAllowed() {
    for (String method : List.of("POST", "PATCH", "OPTIONS", "BREW")) {
      Answer entry =
          Sidecar.send(method, PLAIN + "canary", BodyPublishers.noBody())
              .assertProblem(405, "method-not-allowed");
      assertThat(entry.header("Allow")).isEqualTo("GET, HEAD, PUT, DELETE");
    }
    for (String method : List.of("GET", "PUT", "POST")) {
      Answer all =
          Sidecar.send(method, "/v1/caches/plain/entries", BodyPublishers.noBody())
              .assertProblem(405, "method-not-allowed");
      assertThat(all.header("Allow")).isEqualTo("DELETE");
    }
    for (String path : List.of("/v1/caches", "/v1/caches/plain")) {
      Answer caches = Sidecar.delete(path).assertProblem(405, "method-not-allowed");
      assertThat(caches.header("Allow")).isEqualTo("GET, HEAD");
    }
  }

  @Test
  void path_unknown_isNotFound() {
    for (String path :
        List.of(
            "/v1",
            "/v2/caches",
            "/v1/caches/plain/canary",
            "/v1/caches/plain/entriesx/1",
            "/q/health",
            "/q/metrics",
            "/q/dev",
            "/favicon.ico")) {
      Answer answer = Sidecar.get(path);
      assertThat(answer.status()).as(path).isEqualTo(404);
      answer.assertProblem(404, "not-found");
    }
    Sidecar.put("/nothing", "x").assertProblem(404, "not-found");
  }

  @Test
  void requestLine_malformed_isRefused() {
    String answer = Sidecar.raw("GET nonsense nonsense nonsense\r\n\r\n");
    // Before there is a request there is nothing of ours that could answer.
    assertThat(answer).matches("(?s)HTTP/1\\.\\d 400 .*").doesNotContain("xception", "\tat ");
  }

  @Test
  void load_queryThatFails_isUnavailable() {
    for (String cache : List.of("failing", "tableless")) {
      Answer answer =
          Sidecar.get("/v1/caches/" + cache + "/entries/canary-key")
              .assertProblem(503, "load-failed");
      assertThat(answer.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss; detail=load-failed");
      assertThat(answer.text()).doesNotContain("no_such_table");
    }
    assertThat(Sidecar.figures("failing").getLong("loadFailures")).isPositive();
  }

  @Test
  void load_thatFailed_isTriedAgain() {
    long before = Sidecar.figures("failing").getLong("loadFailures");
    Sidecar.get("/v1/caches/failing/entries/again").assertStatus(503);
    Sidecar.get("/v1/caches/failing/entries/again").assertStatus(503);
    assertThat(Sidecar.figures("failing").getLong("loadFailures"))
        .isGreaterThanOrEqualTo(before + 2);
  }

  @Test
  void load_answeringWithTwoRows_isUnavailable() {
    Sidecar.get("/v1/caches/double/entries/canary-key").assertProblem(503, "load-failed");
    Sidecar.get("/v1/caches/double/entries/canary-key", "Cache-Control", "only-if-cached")
        .assertProblem(504, "not-cached");
  }

  @Test
  void load_withoutAnAnswerInTime_isUnavailable() {
    Answer answer =
        Sidecar.get("/v1/caches/slow/entries/canary-key").assertProblem(503, "load-failed");
    assertThat(answer.json().getString("detail")).contains("no answer within");
  }

  @Test
  void load_keyNotSpeltAsPostgresqlPrintsIt_isRefused() {
    for (String key :
        List.of(
            "042",
            "%2B42",
            "%2042",
            "42%20",
            "abc",
            "-0",
            "1e1",
            "0x1F",
            "4%32%20",
            "9223372036854775808",
            "%D9%A4%D9%A2",
            "42;select",
            "1%20or%201=1")) {
      Answer answer = Sidecar.get(PRODUCTS + key);
      assertThat(answer.status()).as(key).isEqualTo(400);
      answer.assertProblem(400, "invalid-key");
    }
    Sidecar.get(PRODUCTS + "9223372036854775807").assertProblem(404, "row-absent");
    Sidecar.get(PRODUCTS + "-1").assertProblem(404, "row-absent");
    Sidecar.get(PRODUCTS + "4%32").assertStatus(200);
  }

  @Test
  void load_tooManyAtOnce_areTurnedAwayWithATimeToComeBack() throws SQLException {
    List<CompletableFuture<Answer>> answers = new ArrayList<>();
    try (Connection gate = ArticleDatabase.database().dataSource().getConnection();
        Statement statement = gate.createStatement()) {
      statement.execute("select pg_advisory_lock(" + ArticleProfile.GATE + ")");
      for (int i = 0; i < 100; i++) {
        answers.add(Sidecar.getAsync("/v1/caches/gated/entries/canary-" + i));
      }
      await().atMost(Sidecar.LIMIT).until(() -> turnedAway(answers) > 0);
    }
    List<Answer> all = answers.stream().map(CompletableFuture::join).toList();
    assertThat(all).extracting(Answer::status).containsOnly(200, 429);
    all.stream()
        .filter(answer -> answer.status() == 429)
        .forEach(
            answer -> {
              answer.assertProblem(429, "too-many-loads");
              assertThat(answer.header("Retry-After")).isEqualTo("1");
            });
    Sidecar.get("/v1/caches/gated/entries/afterwards").assertStatus(200);
  }

  private static long turnedAway(List<CompletableFuture<Answer>> answers) {
    return answers.stream()
        .filter(CompletableFuture::isDone)
        .filter(answer -> answer.join().status() == 429)
        .count();
  }

  @Test
  void cacheControl_malformed_isAsIfItWereNotThere() {
    Sidecar.get(PRODUCTS + "20").assertStatus(200);
    for (String field : List.of(",,,", "max-stale=x", "=", "foo=\"bar, baz\"")) {
      assertThat(Sidecar.get(PRODUCTS + "20", "Cache-Control", field).cacheStatus())
          .as(field)
          .isEqualTo("sidecache; hit");
    }
  }

  @Test
  void refusedRequest_withABody_doesNotHoldUpTheNextOfItsConnection() {
    for (String refused :
        List.of(
            "POST /v1/caches/nobodys/invalidations",
            "PUT /v1/caches/nobodys/entries/1",
            "PUT " + PRODUCTS,
            "PATCH " + PRODUCTS + "1",
            "PUT /v1/caches/products/entries",
            "POST /v1/events",
            "POST /v1/caches",
            "POST /nothing")) {
      String head = " HTTP/1.1\r\nHost: localhost\r\n";
      String answers =
          Sidecar.rawUntil(
              refused
                  + head
                  + "Content-Length: 11\r\n\r\n{\"keys\":[]}"
                  + "GET /v1/caches/plain"
                  + head
                  + "Connection: close\r\n\r\n",
              text -> text.contains("\"name\":\"plain\""));
      assertThat(answers).as(refused).startsWith("HTTP/1.1 40").contains("HTTP/1.1 200");
    }
  }
}
