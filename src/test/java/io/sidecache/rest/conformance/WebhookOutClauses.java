/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.evict;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.standardwebhooks.Webhook;
import io.sidecache.app.ConformancePeers;
import io.sidecache.app.Sidecar;
import io.sidecache.testing.WebhookReceiver;
import io.sidecache.testing.WebhookReceiver.Request;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What peers are told. */
final class WebhookOutClauses {
  private static final String ROW = "Webhooks out";

  private WebhookOutClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            ROW,
            "POST with application/cloudevents-batch+json",
            () -> {
              Request request = tell("search", "w1");
              assertThat(request.line()).startsWith("POST /hooks/cache?from=sidecar ");
              assertThat(request.header("content-type"))
                  .isEqualTo("application/cloudevents-batch+json");
            }),
        new Clause(
            ROW,
            "CloudEvents 1.0 with type, source, subject, data",
            () -> {
              Request request = tell("search", "w 2");
              JsonObject event = event(request, "w 2");
              assertThat(event.getString("specversion")).isEqualTo("1.0");
              assertThat(event.getString("type")).isEqualTo("io.sidecache.invalidated");
              assertThat(event.getString("source")).isEqualTo("urn:sidecache:side-1");
              assertThat(event.getString("subject")).isEqualTo("caches/plain/entries/w%202");
              assertThat(event.getJsonObject("data").getString("cache")).isEqualTo("plain");
            }),
        new Clause(
            ROW,
            "io.sidecache.reset at start-up, before all else",
            () -> {
              await().atMost(Sidecar.LIMIT).until(() -> !requests("search").isEmpty());
              JsonObject first =
                  new JsonArray(requests("search").getFirst().body()).getJsonObject(0);
              assertThat(first.getString("type")).isEqualTo("io.sidecache.reset");
            }),
        new Clause(
            ROW,
            "signed by Standard Webhooks, by each secret while one rotates",
            () -> {
              Request request = tell("search", "w3");
              assertThat(request.header("webhook-signature")).matches("v1,\\S+ v1,\\S+");
              for (String secret : ConformancePeers.SECRETS) {
                new Webhook(secret)
                    .verify(
                        request.body(),
                        HttpHeaders.of(
                            Map.of(
                                "webhook-id", List.of(request.header("webhook-id")),
                                "webhook-timestamp", List.of(request.header("webhook-timestamp")),
                                "webhook-signature", List.of(request.header("webhook-signature"))),
                            (name, value) -> true));
              }
            }),
        new Clause(
            ROW,
            "only 2xx is success; the same webhook-id on every retry",
            () -> {
              healthy("moody");
              ConformancePeers.answer("moody", WebhookReceiver.status(500));
              String id = tell("moody", "w4").header("webhook-id");
              await().atMost(Sidecar.LIMIT).until(() -> withId("moody", id).size() >= 3);
            }),
        new Clause(
            ROW,
            "Retry-After is honoured",
            () -> {
              healthy("moody");
              ConformancePeers.answer("moody", WebhookReceiver.status(503, "Retry-After: 1"));
              String id = tell("moody", "w5").header("webhook-id");
              await().atMost(Sidecar.LIMIT).until(() -> withId("moody", id).size() >= 2);
              List<Request> sent = withId("moody", id);
              // Without it, the second attempt would follow after a few milliseconds.
              assertThat(seconds(sent.get(1)) - seconds(sent.get(0))).isPositive();
            }),
        new Clause(
            ROW,
            "redirects are not followed",
            () -> {
              await().atMost(Sidecar.LIMIT).until(() -> peer("moved").containsKey("lastFailure"));
              assertThat(peer("moved").getString("lastFailure")).contains("307");
            }),
        new Clause(
            ROW,
            "410 disables the peer",
            () -> {
              await()
                  .atMost(Sidecar.LIMIT)
                  .until(() -> peer("gone").getString("state").equals("disabled"));
              Sidecar.send("POST", "/v1/webhooks/gone/replay", BodyPublishers.noBody())
                  .assertProblem(409, "peer-disabled");
            }),
        new Clause(
            ROW,
            "order is kept; a slow or broken peer holds up no other",
            () -> {
              healthy("moody");
              ConformancePeers.answer("moody", WebhookReceiver.status(500));
              List<String> keys = new ArrayList<>();
              for (int i = 0; i < 20; i++) {
                keys.add("order-" + i);
                evict("plain", "{\"keys\":[\"order-" + i + "\"]}").assertStatus(200);
              }
              await().atMost(Sidecar.LIMIT).until(() -> told("search").contains("order-19"));
              assertThat(told("search").stream().filter(key -> key.startsWith("order-")))
                  .containsExactlyElementsOf(keys);
            }),
        new Clause(
            ROW,
            "dead letters are kept and can be replayed",
            () -> {
              healthy("moody");
              ConformancePeers.answer("moody", WebhookReceiver.status(500));
              evict("plain", "{\"keys\":[\"w6\"]}").assertStatus(200);
              await().atMost(Sidecar.LIMIT).until(() -> !letters("moody").isEmpty());
              JsonObject letter = letters("moody").getJsonObject(letters("moody").size() - 1);
              assertThat(letter.fieldNames()).contains("id", "at", "events", "attempts", "reason");
              healthy("moody");
              Sidecar.send("POST", "/v1/webhooks/moody/replay", BodyPublishers.noBody())
                  .assertStatus(202);
              await().atMost(Sidecar.LIMIT).until(() -> letters("moody").isEmpty());
            }),
        new Clause(
            ROW,
            "what was missed is told as one reset",
            () -> {
              healthy("moody");
              long before = peer("moody").getLong("resets");
              ConformancePeers.answer("moody", WebhookReceiver.status(500));
              evict("plain", "{\"keys\":[\"w7\"]}").assertStatus(200);
              await().atMost(Sidecar.LIMIT).until(() -> peer("moody").getBoolean("resetOwed"));
              healthy("moody");
              await().atMost(Sidecar.LIMIT).until(() -> peer("moody").getLong("resets") > before);
            }));
  }

  private static List<Request> requests(String peer) {
    return ConformancePeers.receiver(peer).requests();
  }

  private static JsonObject peer(String name) {
    JsonArray peers = Sidecar.get("/v1/webhooks").assertStatus(200).json().getJsonArray("webhooks");
    return peers.stream()
        .map(JsonObject.class::cast)
        .filter(each -> each.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static JsonArray letters(String peer) {
    return Sidecar.get("/v1/webhooks/" + peer + "/dead-letters")
        .assertStatus(200)
        .json()
        .getJsonArray("deadLetters");
  }

  private static void healthy(String peer) {
    ConformancePeers.answer(peer, WebhookReceiver.status(204));
    await()
        .atMost(Sidecar.LIMIT)
        .until(
            () ->
                peer(peer).getString("state").equals("ok") && !peer(peer).getBoolean("resetOwed"));
  }

  private static List<JsonObject> events(Request request) {
    return new JsonArray(request.body()).stream().map(JsonObject.class::cast).toList();
  }

  private static JsonObject event(Request request, String key) {
    return events(request).stream()
        .filter(event -> key.equals(event.getJsonObject("data").getString("key")))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> told(String peer) {
    List<String> keys = new ArrayList<>();
    for (Request request : requests(peer)) {
      for (JsonObject event : events(request)) {
        keys.add(event.getJsonObject("data").getString("key", ""));
      }
    }
    return keys;
  }

  /** Evicts a key, and gives the first request that tells the peer of it. */
  private static Request tell(String peer, String key) {
    evict("plain", "{\"keys\":[\"" + key + "\"]}").assertStatus(200);
    await().atMost(Sidecar.LIMIT).until(() -> told(peer).contains(key));
    return requests(peer).stream()
        .filter(
            request ->
                events(request).stream()
                    .anyMatch(event -> key.equals(event.getJsonObject("data").getString("key"))))
        .findFirst()
        .orElseThrow();
  }

  private static List<Request> withId(String peer, String id) {
    return requests(peer).stream().filter(each -> each.header("webhook-id").equals(id)).toList();
  }

  private static long seconds(Request request) {
    return Long.parseLong(request.header("webhook-timestamp"));
  }
}
