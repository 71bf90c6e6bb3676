/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.EventReader;
import io.sidecache.app.EventsProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.source.webhook.Signed;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Webhooks that come in, published through PostgreSQL. */
@QuarkusTest
@TestProfile(EventsProfile.class)
final class WebhooksInTest {
  private static final String PATH = "/v1/webhooks/in/billing";
  private static final String BATCH = "application/cloudevents-batch+json";

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  private static Answer post(String id, Instant at, String body) {
    return Sidecar.send(
        "POST",
        PATH,
        BodyPublishers.ofString(body),
        "Content-Type",
        BATCH + "; charset=utf-8",
        "webhook-id",
        id,
        "webhook-timestamp",
        Long.toString(at.getEpochSecond()),
        "webhook-signature",
        Signed.signature(EventsProfile.key(), id, at, body));
  }

  private static Answer post(String body) {
    return post(UUID.randomUUID().toString(), Instant.now(), body);
  }

  private static String key(String key) {
    return Signed.batch("invalidated", "{\"cache\":\"plain\",\"key\":\"" + key + "\"}");
  }

  @Test
  void batch_signed_isAppliedWhenItIsAnswered() {
    try (EventReader reader = EventReader.open("?cache=plain").ready()) {
      Sidecar.fill("/v1/caches/plain/entries/w1", "x");
      Answer accepted = post(key("w1")).assertStatus(202);
      assertThat(accepted.body().length()).isZero();
      assertThat(accepted.headers().firstValue("Sidecache-Nonce")).isEmpty();
      Sidecar.get("/v1/caches/plain/entries/w1").assertProblem(404, "entry-absent");
      reader.awaitKey("w1");
    }
  }

  @Test
  void batch_ofEveryKind_isApplied() {
    Sidecar.fill("/v1/caches/plain/entries/w2", "x");
    post(Signed.batch("reset", "{\"cache\":\"plain\"}")).assertStatus(202);
    Sidecar.fill("/v1/caches/plain/entries/w2", "x");
    post(Signed.batch("reset", "{\"everything\":true,\"at\":\"2026-11-23T19:44:17Z\"}"))
        .assertStatus(202);
    Sidecar.get("/v1/caches/plain/entries/w2").assertProblem(404, "entry-absent");
    post("[]").assertStatus(202);
    post(Signed.batch("heartbeat", "{}")).assertStatus(202);
    post(Signed.batch("invalidated", "{\"cache\":\"nobodys\",\"key\":\"1\"}")).assertStatus(202);
  }

  @Test
  void batch_again_isAnsweredLikeTheFirstAndAppliedOnce() {
    Instant now = Instant.now();
    post("again", now, key("w3")).assertStatus(202);
    Sidecar.fill("/v1/caches/plain/entries/w3", "x");
    post("again", now, key("w3")).assertStatus(202);
    Sidecar.get("/v1/caches/plain/entries/w3").assertStatus(200);
  }

  @Test
  void message_notTrusted_isRefused() {
    Instant now = Instant.now();
    Answer refused = post("old", now.minusSeconds(400), key("c")).assertProblem(401, "untrusted");
    assertThat(refused.header("WWW-Authenticate")).isEqualTo("StandardWebhooks");
    post("new", now.plusSeconds(400), key("c")).assertProblem(401, "untrusted");
    String signature = Signed.signature(EventsProfile.key(), "id", now, key("c"));
    Sidecar.send(
            "POST",
            PATH,
            BodyPublishers.ofString(key("d")),
            "Content-Type",
            BATCH,
            "webhook-id",
            "id",
            "webhook-timestamp",
            Long.toString(now.getEpochSecond()),
            "webhook-signature",
            signature)
        .assertProblem(401, "untrusted");
    Sidecar.send("POST", PATH, BodyPublishers.ofString(key("c")), "Content-Type", BATCH)
        .assertProblem(401, "untrusted");
  }

  @Test
  void message_notUnderstood_isRefused() {
    for (String body :
        List.of(
            "",
            "{}",
            "[{}]",
            "canary",
            Signed.event("invalidated", "{\"cache\":\"c\",\"key\":\"canary\"}"),
            Signed.batch("canary", "{}"),
            Signed.batch("invalidated", "{\"cache\":\"c\"}"))) {
      post(body).assertProblem(400, "invalid-request");
    }
    assertThat(post(Signed.batch("canary", "{}")).json().getString("detail"))
        .contains("io.sidecache.invalidated");
  }

  @Test
  void request_ofAnotherKind_isRefused() {
    Sidecar.send("POST", "/v1/webhooks/in/nobody", BodyPublishers.ofString("[]"))
        .assertProblem(404, "unknown-sender");
    Sidecar.send("POST", "/v1/webhooks/in/", BodyPublishers.ofString("[]"))
        .assertProblem(404, "unknown-sender");
    Sidecar.send("POST", PATH + "/", BodyPublishers.ofString("[]"))
        .assertProblem(404, "unknown-sender");
    Answer method = Sidecar.get(PATH).assertProblem(405, "method-not-allowed");
    assertThat(method.header("Allow")).isEqualTo("POST");
    Sidecar.send("POST", PATH, BodyPublishers.ofString("[]"))
        .assertProblem(415, "unsupported-media-type");
    Sidecar.send("POST", PATH, BodyPublishers.ofString("[]"), "Content-Type", "text/plain")
        .assertProblem(415, "unsupported-media-type");
    Sidecar.send(
            "POST",
            PATH,
            BodyPublishers.ofString("[]"),
            "Content-Type",
            BATCH,
            "Content-Encoding",
            "gzip")
        .assertProblem(415, "unsupported-media-type");
  }

  @Test
  void body_overTheLimit_isRefused() {
    byte[] large = " ".repeat(1024 * 1024 + 1).getBytes(StandardCharsets.UTF_8);
    Sidecar.send("POST", PATH, BodyPublishers.ofByteArray(large), "Content-Type", BATCH)
        .assertProblem(413, "body-too-large");
    Sidecar.send("POST", PATH, BodyPublishers.ofByteArrays(List.of(large)), "Content-Type", BATCH)
        .assertProblem(413, "body-too-large");
    post(" ".repeat(1024 * 1024 - 2) + "[]").assertStatus(202);
  }

  @Test
  void bodies_thatNeverEnd_areBounded_andTheirPlacesComeBack() {
    String head =
        "POST "
            + PATH
            + " HTTP/1.1\r\nHost: sidecache\r\nContent-Type: "
            + BATCH
            + "\r\nContent-Length: 10\r\n\r\n";
    Sidecar.withUnfinished(
        head,
        WebhookHandler.MOST_AT_ONCE,
        () -> {
          Answer refused = Sidecar.awaitPost(PATH, BATCH, answer -> answer.assertStatus(503));
          assertThat(refused.header("Retry-After")).isEqualTo("1");
        });
    Sidecar.awaitPost(PATH, BATCH, answer -> answer.assertProblem(401, "untrusted"));
  }
}
