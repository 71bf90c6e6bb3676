/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.source.webhook.Signed;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is put in at every door comes out at none but the one that it is meant for. */
@QuarkusTest
@TestProfile(CanariesProfile.class)
final class CanariesTest {
  private static final String PLAIN = "/v1/caches/plain/entries/";
  private static final String KEY = "canary-key";
  private static final Logger OURS = Logger.getLogger("io.sidecache");

  private final List<String> shown = new ArrayList<>();
  private final List<String> secrets = new ArrayList<>(List.of("canary"));

  @AfterEach
  void quieter() {
    OURS.setLevel(Level.INFO);
  }

  @Test
  void secrets_ofEveryDoor_areNowhereToBeSeen() throws IOException {
    secrets.add(Base64.getEncoder().encodeToString(CanariesProfile.SENDER));
    secrets.add(Base64.getEncoder().encodeToString(CanariesProfile.PEER));
    try (LogCapture log = LogCapture.start()) {
      OURS.setLevel(Level.ALL);
      await()
          .atMost(Sidecar.LIMIT)
          .until(() -> get("/v1/caches").text().contains("\"fresh\":true"));
      entries();
      payloads();
      webhooksIn();
      broken();
      await()
          .atMost(Sidecar.LIMIT)
          .until(() -> toldSinceStart("peer refusing") && toldSinceStart("peer absent"));
      pages();
      shown.addAll(log.lines());
      shown.addAll(sinceStart());
      // There was something to tell, at the level that tells most.
      assertThat(tells(log, "the load of cache quoting failed")).isTrue();
    }
    assertThat(shown).hasSizeGreaterThan(40);
    // What was told as JSON is what was told as text.
    assertThat(sinceStart()).anyMatch(line -> line.contains("the load of cache quoting failed"));
    assertThat(leaks(shown)).isEmpty();
  }

  /** A peer may have failed, and been told of once, before the capture began. */
  private static boolean toldSinceStart(String part) throws IOException {
    return sinceStart().stream().anyMatch(line -> line.contains(part));
  }

  /** Each line is one object; what JSON escapes in it is read. */
  private static List<String> sinceStart() throws IOException {
    String written = Files.readString(CanariesProfile.LOG);
    return written
        .substring(0, written.lastIndexOf('\n') + 1)
        .lines() // the last may be half there
        .map(line -> new JsonObject(line).getMap().toString())
        .toList();
  }

  private static boolean tells(LogCapture log, String part) {
    return log.lines().stream().anyMatch(line -> line.contains(part));
  }

  @Test
  void search_ofALogWithASecretInIt_findsIt() {
    // No canary: the log since the start belongs to both tests.
    secrets.add("planted-secret");
    try (LogCapture log = LogCapture.start()) {
      OURS.setLevel(Level.ALL);
      Logger.getLogger("io.sidecache.planted").fine("nothing of interest");
      assertThat(leaks(log.lines())).isEmpty();
      Logger.getLogger("io.sidecache.planted")
          .log(Level.FINE, "it failed", new IllegalStateException("because of PLANTED-secret"));
      assertThat(leaks(log.lines())).hasSize(1);
    }
  }

  private List<String> leaks(List<String> texts) {
    return texts.stream()
        .filter(text -> secrets.stream().anyMatch(secret -> containsIgnoringCase(text, secret)))
        .toList();
  }

  private static boolean containsIgnoringCase(String text, String secret) {
    return text.toLowerCase(java.util.Locale.ROOT)
        .contains(secret.toLowerCase(java.util.Locale.ROOT));
  }

  private static String[] withToken(String... fields) {
    List<String> all = new ArrayList<>(List.of(fields));
    all.addAll(List.of("Authorization", "Bearer " + CanariesProfile.TOKEN));
    return all.toArray(String[]::new);
  }

  private static Answer get(String path, String... fields) {
    return Sidecar.get(path, withToken(fields));
  }

  private static Answer send(String method, String path, String body, String... fields) {
    return Sidecar.send(method, path, BodyPublishers.ofString(body), withToken(fields));
  }

  /** An answer that may hold nothing, its header fields included. */
  private void refused(Answer answer) {
    assertThat(answer.status()).as("%s", answer).isBetween(400, 599);
    shown.add(answer.toString());
  }

  private void entries() {
    String token = get(PLAIN + KEY).assertStatus(404).token();
    secrets.add(token);
    send(
            "PUT",
            PLAIN + KEY,
            "canary-value",
            "Sidecache-Fill",
            token,
            "Content-Type",
            "text/canary",
            "Cache-Groups",
            "\"canary-group\"")
        .assertStatus(201);
    get(PLAIN + KEY).assertStatus(200);
    send("DELETE", PLAIN + KEY, "").assertStatus(204);
    refused(send("PUT", PLAIN + KEY, "canary-value", "Sidecache-Fill", token));
    refused(send("PUT", PLAIN + KEY, "canary-value", "Sidecache-Fill", "canary-token"));
    refused(send("PUT", PLAIN + KEY, "canary-value"));
    refused(send("PUT", PLAIN + KEY, "x", "Sidecache-Fill", "x", "Cache-Groups", "\"canary-group"));
    refused(send("PUT", PLAIN + KEY, "x", "Sidecache-Fill", "x", "Sidecache-Snapshot", "canary"));
    refused(send("PUT", PLAIN + KEY, "x", "Sidecache-Fill", "x", "Content-Type", "canary canary"));
    refused(get(PLAIN + KEY, "Sidecache-After", "canary"));
    refused(get(PLAIN + KEY + "%00"));
    refused(get("/v1/caches/products/entries/" + KEY));
    for (String cache : List.of("quoting", "literal", "nowhere")) {
      refused(get("/v1/caches/" + cache + "/entries/" + KEY).assertProblem(503, "load-failed"));
    }
    refused(send("DELETE", PLAIN + KEY + "?scope=canary", ""));
  }

  private static void payloads() {
    for (String channel :
        List.of(
            "new_product_channel",
            "orders_changed",
            "sidecache_invalidation",
            "sidecache_heartbeat")) {
      for (String payload : List.of("canary-payload", "{\"canary\":", "{\"id\":\"canary\"}")) {
        ArticleDatabase.database()
            .query("select pg_notify('" + channel + "', '" + payload + "')::text");
      }
    }
    ArticleDatabase.database().query("select sidecache.invalidate('orders', 'canary-key')::text");
  }

  private void webhooksIn() {
    List<String> bodies =
        List.of(
            "canary",
            "[{\"canary\":",
            "[\"canary\"]",
            "[".repeat(5_000),
            "[" + "9".repeat(5_000) + "]",
            Signed.batch("canary", "{\"canary\":1}"),
            Signed.batch("invalidated", "{\"cache\":\"canary\",\"canary\":1}"),
            Signed.batch("invalidated", "{\"cache\":\"plain\",\"key\":[\"canary\"]}"));
    int id = 0;
    for (String body : bodies) {
      Instant now = Instant.now();
      String message = "canary-" + id++;
      String[] signed = {
        "Content-Type",
        "application/json",
        "webhook-id",
        message,
        "webhook-timestamp",
        Long.toString(now.getEpochSecond()),
        "webhook-signature",
        Signed.signature(CanariesProfile.SENDER, message, now, body)
      };
      refused(in("billing", body, signed));
      signed[7] = "v1,canary";
      refused(in("billing", body, signed));
      signed[5] = "canary";
      refused(in("billing", body, signed));
      signed[1] = "text/canary";
      refused(in("billing", body, signed));
      refused(in("canary", body, signed));
    }
  }

  private static Answer in(String sender, String body, String... fields) {
    return Sidecar.send("POST", "/v1/webhooks/in/" + sender, BodyPublishers.ofString(body), fields);
  }

  private void broken() {
    refused(Sidecar.get("/v1/caches", "Authorization", "Bearer canary"));
    refused(Sidecar.get("/canary?canary=canary"));
    refused(get("/canary?canary=canary"));
    refused(get("/v1/caches/canary"));
    refused(get("/v1/webhooks/canary/dead-letters"));
    refused(send("POST", "/v1/webhooks/canary/replay", "canary"));
    refused(get("/v1/events?canary=canary"));
    refused(get("/v1/events?cache=canary"));
    refused(send("CANARY", PLAIN + KEY, ""));
    refused(send("POST", "/v1/caches", "{\"canary\":", "Content-Type", "application/json"));
    for (String path : List.of("invalidations", "entries/get")) {
      for (String body : List.of("{\"keys\":[\"canary", "canary", "{\"canary\":1}", "[[[[")) {
        refused(send("POST", "/v1/caches/plain/" + path, body, "Content-Type", "application/json"));
      }
    }
    for (String raw :
        List.of(
            "GET /canary/%zz HTTP/1.1\r\nHost: canary\r\n",
            "GET /canary HTTP/9.9 canary\r\nHost: canary\r\n",
            "canary canary canary\r\n",
            "GET /v1/caches HTTP/1.1\r\nHost: canary\r\ncanary : canary\r\n",
            "PUT /canary HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n",
            "GET /" + "canary".repeat(2_000) + " HTTP/1.1\r\nHost: x\r\n")) {
      shown.add(Sidecar.rawUntilClosed(raw + "Connection: close\r\n\r\n"));
    }
  }

  private void pages() {
    for (String page :
        List.of("/metrics", "/health", "/health/live", "/health/ready", "/health/started")) {
      shown.add(new String(Sidecar.management(page).body().getBytes(), StandardCharsets.UTF_8));
    }
    for (String path :
        List.of(
            "/v1/caches",
            "/v1/caches/plain",
            "/v1/webhooks",
            "/v1/webhooks/refusing/dead-letters",
            "/v1/webhooks/absent/dead-letters")) {
      shown.add(get(path).assertStatus(200).toString());
    }
  }
}
