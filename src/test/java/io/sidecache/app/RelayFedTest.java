/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.source.webhook.Signed;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A sidecar without a database: fed by a relay, honest without its proof. */
@QuarkusTest
@TestProfile(RelayFedProfile.class)
final class RelayFedTest {
  private static final String PATH = "/v1/webhooks/in/relay";
  private static final String PLAIN = "/v1/caches/plain/entries/";
  private static final String STALE = "/v1/caches/stale/entries/";
  private static final String[] TOKEN = {"Authorization", "Bearer " + RelayFedProfile.TOKEN};

  /** No bearer token: the signature stands for it. */
  private static Answer post(String body) {
    String id = UUID.randomUUID().toString();
    Instant now = Instant.now();
    return Sidecar.send(
            "POST",
            PATH,
            BodyPublishers.ofString(body),
            "Content-Type",
            "application/cloudevents-batch+json",
            "webhook-id",
            id,
            "webhook-timestamp",
            Long.toString(now.getEpochSecond()),
            "webhook-signature",
            Signed.signature(EventsProfile.key(), id, now, body))
        .assertStatus(202);
  }

  private static Answer get(String path) {
    return Sidecar.get(path, TOKEN);
  }

  private static void fill(String path) {
    String token = get(path).assertStatus(404).token();
    Sidecar.put(path, "x", "Authorization", TOKEN[1], "Sidecache-Fill", token).assertStatus(201);
  }

  private static String nonce(Answer answer) {
    assertThat(answer.header("Sidecache-Nonce")).matches("[0-9a-f]{16}-[0-9a-f]{32}");
    return answer.header("Sidecache-Nonce");
  }

  private static String heartbeat(String nonce) {
    return Signed.batch(
        "heartbeat",
        "{\"nonce\":\"" + nonce + "\",\"position\":\"1-0-16/B374D848\",\"snapshot\":\"7:7:\"}");
  }

  @Test
  void withoutProof_nothingIsAPlainHit_withProofItIs() {
    assertThat(Sidecar.health("live").getString("status")).isEqualTo("UP");
    assertThat(Sidecar.health("ready").getString("status")).isEqualTo("UP");
    assertThat(Sidecar.health("ready").encode()).contains("no sender proves");
    fill(PLAIN + "a");
    fill(STALE + "a");
    assertThat(get(PLAIN + "a").assertStatus(404).cacheStatus())
        .isEqualTo("sidecache; fwd=bypass; detail=gap");
    assertThat(get(STALE + "a").assertStatus(200).cacheStatus())
        .isEqualTo("sidecache; hit; detail=gap");

    String nonce = nonce(post(Signed.batch("reset", "{\"cache\":\"stale\"}")));
    get(STALE + "a").assertStatus(404);
    assertThat(get(PLAIN + "a").cacheStatus()).contains("gap");
    nonce(post(heartbeat("0".repeat(32))));
    assertThat(get(PLAIN + "a").cacheStatus()).contains("gap");

    post(heartbeat(nonce));
    assertThat(get(PLAIN + "a").assertStatus(200).cacheStatus()).isEqualTo("sidecache; hit");
    assertThat(Sidecar.health("ready").encode()).contains("FRESH");

    try (EventReader reader = EventReader.open("", TOKEN).ready()) {
      post(Signed.batch("invalidated", "{\"cache\":\"plain\",\"key\":\"a\"}"));
      get(PLAIN + "a").assertStatus(404);
      reader.awaitKey("a");
    }
  }

  @Test
  void everywhere_withoutADatabase_cannotBeAsked() {
    Sidecar.send("DELETE", PLAIN + "b", BodyPublishers.noBody(), TOKEN)
        .assertProblem(503, "source-unavailable");
    Sidecar.send("DELETE", PLAIN + "b?scope=local", BodyPublishers.noBody(), TOKEN)
        .assertStatus(204);
  }

  @Test
  void stream_withoutTheToken_isRefused() {
    Sidecar.get("/v1/events").assertProblem(401, "unauthorized");
    Sidecar.get("/v1/events", "Authorization", "Bearer wrong").assertProblem(401, "unauthorized");
    Sidecar.head("/v1/events", TOKEN).assertStatus(200);
  }
}
