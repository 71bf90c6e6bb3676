/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.entry;
import static io.sidecache.rest.conformance.Calls.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;

/** Listeners, errors, the page, the caches themselves. */
final class GeneralClauses {
  private static final String LISTENERS = "Listeners";
  private static final String ERRORS = "Errors";
  private static final String CACHES = "GET /v1/caches";

  private GeneralClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(LISTENERS, "the API is bound to loopback by default", GeneralClauses::loopback),
        new Clause(
            LISTENERS,
            "management serves live, ready, started, metrics",
            () -> {
              for (String path :
                  List.of("/health/live", "/health/ready", "/health/started", "/metrics")) {
                Sidecar.management(path).assertStatus(200);
              }
            }),
        new Clause(
            "listeners",
            "nothing at management changes anything; what is not there gets a problem",
            () -> {
              for (String path : List.of("/health/live", "/health/ready", "/metrics", "/x")) {
                for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
                  Answer answer =
                      Sidecar.management(method, path).assertProblem(405, "method-not-allowed");
                  assertThat(answer.header("Allow")).isEqualTo("GET, HEAD");
                }
              }
              Sidecar.management("/x").assertProblem(404, "not-found");
              Sidecar.management("HEAD", "/health/live").assertStatus(200);
            }),
        new Clause(
            "entries",
            "every answer about an entry carries Cache-Status: sidecache",
            () -> {
              String one = entry("plain", "told");
              for (Answer answer :
                  List.of(
                      Sidecar.get(one),
                      Sidecar.get("/v1/caches/plain/entries/"),
                      Sidecar.get("/v1/caches/nobodys/entries/x"),
                      Sidecar.put(one, "x"),
                      Sidecar.put(one, "x", Calls.FILL, "none"),
                      Sidecar.send("PATCH", one, BodyPublishers.noBody()),
                      Sidecar.delete(one + "?scope=x"),
                      Sidecar.delete(one + "?scope=local"),
                      Sidecar.delete(one))) {
                assertThat(answer.cacheStatus()).startsWith("sidecache");
              }
            }),
        new Clause(
            ERRORS,
            "unknown paths get a problem",
            () -> {
              for (String path :
                  List.of("/v1", "/nothing", "/v1/caches/plain/x", "/v1/webhooks/a/b")) {
                Sidecar.get(path).assertProblem(404, "not-found");
              }
            }),
        new Clause(ERRORS, "unknown methods get a problem, on every path", GeneralClauses::methods),
        new Clause(
            ERRORS,
            "unknown media types get a problem",
            () -> {
              for (String path : bulkPaths()) {
                for (String type :
                    List.of("text/plain", "application/x-www-form-urlencoded", "json")) {
                  Sidecar.send(
                          "POST",
                          path,
                          BodyPublishers.ofString("{\"keys\":[]}"),
                          "Content-Type",
                          type)
                      .assertProblem(415, "unsupported-media-type");
                }
                Sidecar.send("POST", path, BodyPublishers.ofString("{\"keys\":[]}"))
                    .assertProblem(415, "unsupported-media-type");
                post(path, "{\"keys\":[]}", "Content-Encoding", "gzip")
                    .assertProblem(415, "unsupported-media-type");
              }
            }),
        new Clause(
            ERRORS,
            "malformed JSON gets a problem",
            () -> {
              for (String path : bulkPaths()) {
                for (String body :
                    List.of(
                        "",
                        "canary",
                        "{",
                        "[]",
                        "null",
                        "{\"keys\":[\"a\"]}x",
                        "{\"keys\":[\"a\",]}",
                        "{\"keys\":[\"a\"],\"keys\":[]}",
                        "{'keys':[]}",
                        "{\"keys\":[]}//",
                        "\ufeff{\"keys\":[]}")) {
                  post(path, body).assertProblem(400, "invalid-request");
                }
              }
            }),
        new Clause(CACHES, "tells all caches, and one", GeneralClauses::caches),
        new Clause(
            CACHES,
            "tells settings",
            () -> {
              JsonObject settings = cache("products").getJsonObject("settings");
              assertThat(settings.getString("kind")).isEqualTo("read-through");
              assertThat(settings.getLong("maximumWeightBytes")).isEqualTo(64L << 20);
              assertThat(settings.getString("expireAfterWrite")).isEqualTo("PT10M");
              assertThat(settings.getString("negativeTtl")).isEqualTo("PT30S");
              assertThat(settings.getString("onGap")).isEqualTo("bypass");
              assertThat(cache("kept").getJsonObject("settings").getString("onGap"))
                  .isEqualTo("serve-stale");
            }),
        new Clause(
            CACHES, "counts hits, misses, loads, fills and refused fills", GeneralClauses::counts),
        new Clause(CACHES, "counts evictions by cause", GeneralClauses::evictions),
        new Clause(
            "GET /",
            "is a page, where the sidecar has one",
            () -> {
              Answer page = Sidecar.get("/");
              if (page.status() == 200) {
                assertThat(page.header("Content-Type")).startsWith("text/html");
              } else {
                page.assertProblem(404, "not-found");
              }
            }));
  }

  private static List<String> bulkPaths() {
    return List.of("/v1/caches/plain/entries/get", "/v1/caches/plain/invalidations");
  }

  private static JsonObject cache(String name) {
    return Sidecar.get("/v1/caches/" + name).assertStatus(200).json();
  }

  private static void loopback() {
    assertThat(ConfigProvider.getConfig().getValue("quarkus.http.host", String.class))
        .isEqualTo("127.0.0.1");
  }

  private static void methods() {
    record Path(String path, String allow) {}
    for (Path each :
        List.of(
            new Path("/v1/caches", "GET, HEAD"),
            new Path("/v1/caches/plain", "GET, HEAD"),
            new Path("/v1/caches/plain/entries", "DELETE"),
            new Path("/v1/caches/plain/entries/canary", "GET, HEAD, PUT, DELETE"),
            new Path("/v1/caches/plain/invalidations", "POST"),
            new Path("/v1/events", "GET, HEAD"),
            new Path("/v1/webhooks", "GET, HEAD"),
            new Path("/v1/webhooks/search/dead-letters", "GET, HEAD"),
            new Path("/v1/webhooks/search/replay", "POST"),
            new Path("/v1/webhooks/in/billing", "POST"))) {
      Answer answer =
          Sidecar.send("PATCH", each.path, BodyPublishers.noBody())
              .assertProblem(405, "method-not-allowed");
      assertThat(answer.header("Allow")).as(each.path).isEqualTo(each.allow);
    }
  }

  private static void caches() {
    JsonArray all = Sidecar.get("/v1/caches").assertStatus(200).json().getJsonArray("caches");
    assertThat(all.stream().map(each -> ((JsonObject) each).getString("name")))
        .contains("products", "orders", "plain")
        .isSorted();
    assertThat(cache("plain").getString("name")).isEqualTo("plain");
    assertThat(cache("plain").getBoolean("fresh")).isTrue();
    assertThat(cache("plain").getJsonObject("figures").getLong("size")).isNotNegative();
    assertThat(cache("products").getJsonObject("figures").getLong("weightBytes")).isNotNegative();
    Sidecar.get("/v1/caches/nobodys").assertProblem(404, "unknown-cache");
  }

  private static void counts() {
    JsonObject before = Sidecar.figures("plain");
    JsonObject loads = Sidecar.figures("products");
    String path = entry("plain", "counted");
    String token = Sidecar.get(path).token();
    Sidecar.put(path, "x", Calls.FILL, token).assertStatus(201);
    Sidecar.get(path).assertStatus(200);
    Sidecar.put(path, "x", Calls.FILL, "none").assertProblem(412, "fill-refused");
    Sidecar.get(entry("products", Calls.newProduct())).assertStatus(200);
    JsonObject after = Sidecar.figures("plain");
    for (String figure : List.of("hits", "misses", "fills", "refusedFills")) {
      assertThat(after.getLong(figure)).as(figure).isGreaterThan(before.getLong(figure));
    }
    assertThat(Sidecar.figures("products").getLong("loads")).isGreaterThan(loads.getLong("loads"));
  }

  private static JsonObject evicted(String cache) {
    return Sidecar.figures(cache).getJsonObject("evictions");
  }

  private static void evictions() {
    JsonObject before = evicted("plain");
    Calls.evict("plain", "{\"keys\":[\"x\"],\"groups\":[\"y\"]}").assertStatus(200);
    Sidecar.delete("/v1/caches/plain/entries").assertStatus(204);
    Calls.database().execute("select pg_notify('orders_changed', 'not json')");
    Sidecar.fill(entry("plain", "ends"), "x", "Cache-Control", "max-age=1");
    for (int i = 0; i < 50; i++) {
      Sidecar.fill(entry("tiny", "displaced-" + i), "x");
    }
    for (String cause : List.of("key", "group", "whole")) {
      assertThat(evicted("plain").getLong(cause)).as(cause).isGreaterThan(before.getLong(cause));
    }
    await().atMost(Sidecar.LIMIT).until(() -> evicted("tiny").getLong("displaced") > 0);
    await().atMost(Sidecar.LIMIT).until(() -> evicted("orders").getLong("rejectedPayload") > 0);
    await()
        .atMost(Sidecar.LIMIT)
        .until(
            () -> {
              // Caffeine removes what has ended when something is stored.
              Sidecar.delete(entry("plain", "witness"));
              Sidecar.fill(entry("plain", "witness"), "x");
              return evicted("plain").getLong("expired") > before.getLong("expired");
            });
  }
}
