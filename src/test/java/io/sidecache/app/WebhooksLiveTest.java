/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.standardwebhooks.Webhook;
import io.cloudevents.CloudEvent;
import io.cloudevents.jackson.JsonFormat;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.testing.WebhookReceiver;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From a row that changes to a peer that is told, through the whole application. */
@QuarkusTest
@TestProfile(WebhookProfile.class)
final class WebhooksLiveTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
    WebhookPeers.answer("moody", 204);
    await().atMost(LIMIT).until(() -> peer("moody").getString("state").equals("ok"));
  }

  private static JsonObject peer(String name) {
    JsonArray peers =
        new JsonObject(Sidecar.get("/v1/webhooks").assertStatus(200).text())
            .getJsonArray("webhooks");
    for (int i = 0; i < peers.size(); i++) {
      if (peers.getJsonObject(i).getString("name").equals(name)) {
        return peers.getJsonObject(i);
      }
    }
    throw new AssertionError("no peer " + name);
  }

  private static List<CloudEvent> told(String peer) throws Exception {
    List<CloudEvent> events = new ArrayList<>();
    for (WebhookReceiver.Request request : WebhookPeers.receiver(peer).requests()) {
      assertThat(request.header("content-type")).isEqualTo("application/cloudevents-batch+json");
      new Webhook(WebhookPeers.SECRET)
          .verify(
              request.body(),
              HttpHeaders.of(
                  Map.of(
                      "webhook-id", List.of(request.header("webhook-id")),
                      "webhook-timestamp", List.of(request.header("webhook-timestamp")),
                      "webhook-signature", List.of(request.header("webhook-signature"))),
                  (name, value) -> true));
      JsonArray batch = new JsonArray(request.body());
      for (int i = 0; i < batch.size(); i++) {
        events.add(
            new JsonFormat()
                .deserialize(batch.getJsonObject(i).encode().getBytes(StandardCharsets.UTF_8)));
      }
    }
    return events;
  }

  private static boolean wasTold(String peer, String subject) throws Exception {
    return told(peer).stream().anyMatch(event -> subject.equals(event.getSubject()));
  }

  private static void change(int product) {
    ArticleDatabase.database()
        .execute("update products set price = price + 1 where id = " + product);
  }

  @Test
  void change_ofARow_isToldAfterAResetAtTheStart() throws Exception {
    change(7);

    await().atMost(LIMIT).until(() -> wasTold("search", "caches/products/entries/7"));

    List<CloudEvent> events = told("search");
    assertThat(events.getFirst().getType()).isEqualTo("io.sidecache.reset");
    CloudEvent event =
        events.stream()
            .filter(e -> "caches/products/entries/7".equals(e.getSubject()))
            .findFirst()
            .orElseThrow();
    assertThat(event.getType()).isEqualTo("io.sidecache.invalidated");
    assertThat(event.getSource()).isEqualTo(URI.create("urn:sidecache:side-1"));
    assertThat(event.getTime()).isNotNull();
    assertThat(event.getDataContentType()).isEqualTo("application/json");
    JsonObject data =
        new JsonObject(
            new String(Objects.requireNonNull(event.getData()).toBytes(), StandardCharsets.UTF_8));
    assertThat(data.getString("cache")).isEqualTo("products");
    assertThat(data.getString("key")).isEqualTo("7");
    assertThat(data.fieldNames()).contains("at");
  }

  @Test
  void peers_areListedWithoutTheirPaths() {
    JsonObject search = peer("search");
    assertThat(search.getString("address")).matches("http://127\\.0\\.0\\.1:\\d+");
    assertThat(search.getInteger("queueCapacity")).isEqualTo(10_000);
    assertThat(search.getString("state")).isEqualTo("ok");
    assertThat(Sidecar.get("/v1/webhooks").text()).doesNotContain("whsec", "hooks/cache");
  }

  @Test
  void peerThatFails_leavesADeadLetterThatCanBeReplayed_andHealthAlone() throws Exception {
    int before = Sidecar.get("/v1/webhooks/moody/dead-letters").text().length();
    assertThat(before).isPositive();
    WebhookPeers.answer("moody", 500);
    change(8);
    await().atMost(LIMIT).until(() -> peer("moody").getInteger("deadLetters") > 0);
    assertThat(peer("moody").getString("lastFailure")).isEqualTo("status 500");
    assertThat(Sidecar.health("ready").getString("status")).isEqualTo("UP");
    JsonObject letter =
        new JsonObject(Sidecar.get("/v1/webhooks/moody/dead-letters").assertStatus(200).text())
            .getJsonArray("deadLetters")
            .getJsonObject(0);
    assertThat(letter.getString("reason")).isEqualTo("status 500");
    assertThat(letter.fieldNames())
        .containsExactlyInAnyOrder("id", "at", "events", "bytes", "attempts", "reason");

    WebhookPeers.answer("moody", 204);
    await().atMost(LIMIT).until(() -> peer("moody").getString("state").equals("ok"));
    int letters = peer("moody").getInteger("deadLetters");
    JsonObject replayed =
        new JsonObject(
            Sidecar.send("POST", "/v1/webhooks/moody/replay", BodyPublishers.noBody())
                .assertStatus(202)
                .text());

    assertThat(replayed.getInteger("replayed")).isEqualTo(letters);
    String id = letter.getString("id");
    await()
        .atMost(LIMIT)
        .until(
            () ->
                WebhookPeers.receiver("moody").requests().stream()
                        .filter(request -> request.header("webhook-id").equals(id))
                        .count()
                    >= 3);
  }

  @Test
  void tls_withAPrivateAuthorityAndAClientsCertificate_works() {
    await().atMost(LIMIT).until(() -> peer("secure").getInteger("resets") == 1);
  }

  @Test
  void tls_withoutThem_failsAndSaysSo() {
    await().atMost(LIMIT).until(() -> peer("distrusted").getString("state").equals("open"));
    assertThat(peer("distrusted").getString("lastFailure"))
        .isEqualTo("the TLS certificate is not trusted");
    assertThat(peer("distrusted").getBoolean("resetOwed")).isTrue();
  }

  @Test
  void unknownPeer_isAProblem() {
    Sidecar.get("/v1/webhooks/nobody/dead-letters").assertProblem(404, "unknown-peer");
    Sidecar.send("POST", "/v1/webhooks/nobody/replay", BodyPublishers.noBody())
        .assertProblem(404, "unknown-peer");
    Sidecar.get("/v1/webhooks/moody/replay").assertProblem(405, "method-not-allowed");
  }

  @Test
  void metricsAndHealth_tellOfPeers() {
    String page = Sidecar.management("/metrics").text();
    for (String name :
        List.of(
            "sidecache_webhook_queued{peer=\"search\"} ",
            "sidecache_webhook_dead_letters{peer=\"search\"} ",
            "sidecache_webhook_failing{peer=\"search\"} ",
            "sidecache_webhook_disabled{peer=\"search\"} 0.0",
            "sidecache_webhook_events_total{peer=\"search\",result=\"delivered\"} ",
            "sidecache_webhook_events_total{peer=\"search\",result=\"covered\"} ",
            "sidecache_webhook_events_total{peer=\"search\",result=\"discarded\"} 0.0",
            "sidecache_webhook_batches_total{peer=\"search\"} ",
            "sidecache_webhook_resets_total{peer=\"search\"} ",
            "sidecache_webhook_failures_total{peer=\"search\"} ",
            "sidecache_webhook_overflows_total{peer=\"search\"} 0.0")) {
      assertThat(page).contains("\n" + name);
    }
    assertThat(Sidecar.management("/health").text()).contains("webhooks", "dead letters");
  }
}
