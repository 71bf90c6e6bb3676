/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.bulkGet;
import static io.sidecache.rest.conformance.Calls.entry;
import static io.sidecache.rest.conformance.Calls.evict;
import static io.sidecache.rest.conformance.Calls.newProduct;
import static io.sidecache.rest.conformance.Calls.noProduct;
import static io.sidecache.rest.conformance.Calls.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.FaultProxy.Mode;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;

/** The calls about many entries. */
final class BulkClauses {
  private static final String GET = "POST entries/get";
  private static final String EVICT = "POST invalidations";

  private BulkClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            GET, "200 {\"entries\":{key:{…}},\"missing\":{key:fillToken}}", BulkClauses::shape),
        new Clause(
            GET, "JSON stands as it is, text as a string, all else in Base64", BulkClauses::forms),
        new Clause(
            GET,
            "with a load, misses are loaded and stored; absent rows are told",
            () -> {
              List<String> keys = List.of(newProduct(), newProduct(), noProduct());
              JsonObject first = json(bulkGet("products", keys));
              assertThat(status(first, "entries", keys.get(0))).startsWith(Calls.STORED);
              assertThat(status(first, "entries", keys.get(1))).startsWith(Calls.STORED);
              assertThat(status(first, "absent", keys.get(2))).startsWith(Calls.STORED);
              JsonObject again = json(bulkGet("products", keys));
              assertThat(status(again, "entries", keys.get(0))).matches("sidecache; hit; ttl=\\d+");
              assertThat(status(again, "absent", keys.get(2)))
                  .matches("sidecache; hit; ttl=\\d+; detail=negative");
              Calls.assertHit(Sidecar.get(entry("products", keys.get(0))));
            }),
        new Clause(
            GET,
            "a key that fails fails alone",
            () -> {
              String good = newProduct();
              JsonObject answer = json(bulkGet("products", List.of("not a number", good, "042")));
              assertThat(answer.getJsonObject("entries").fieldNames()).containsExactly(good);
              JsonObject unfit = answer.getJsonObject("failed").getJsonObject("042");
              assertThat(unfit.getString("type")).isEqualTo("urn:sidecache:invalid-key");
              assertThat(unfit.getInteger("status")).isEqualTo(400);
              JsonObject failing =
                  json(bulkGet("failing", List.of("a"))).getJsonObject("failed").getJsonObject("a");
              assertThat(failing.getString("type")).isEqualTo("urn:sidecache:load-failed");
              assertThat(failing.getString("cacheStatus")).endsWith("detail=load-failed");
            }),
        new Clause(
            GET,
            "up to 1 000 keys, in one round trip",
            () -> {
              List<String> keys = IntStream.range(0, 1000).mapToObj(i -> "bulk-" + i).toList();
              assertThat(json(bulkGet("plain", keys)).getJsonObject("missing").size())
                  .isEqualTo(1000);
              List<String> more = IntStream.range(0, 1001).mapToObj(i -> "bulk-" + i).toList();
              bulkGet("plain", more).assertProblem(413, "too-many-names");
              List<String> products =
                  IntStream.range(0, 1000).mapToObj(i -> "" + (30_000 + i)).toList();
              Calls.database()
                  .execute(
                      "insert into products select n, 'bulk', 1 from generate_series(30000, 30999) n");
              JsonObject answer = json(bulkGet("products", products));
              assertThat(answer.getJsonObject("entries").size()).isEqualTo(1000);
            }),
        new Clause(
            GET,
            "request directives hold for every key",
            () -> {
              String key = newProduct();
              Sidecar.get(entry("products", key)).assertStatus(200);
              List<String> keys = List.of(key, newProduct());
              JsonObject cached =
                  json(bulkGet("products", keys, "Cache-Control", "only-if-cached"));
              assertThat(status(cached, "entries", key)).startsWith("sidecache; hit");
              assertThat(
                      cached.getJsonObject("failed").getJsonObject(keys.get(1)).getString("type"))
                  .isEqualTo("urn:sidecache:not-cached");
              JsonObject anew = json(bulkGet("products", keys, "Cache-Control", "no-cache"));
              assertThat(status(anew, "entries", key)).startsWith("sidecache; fwd=request; stored");
            }),
        new Clause(
            GET,
            "Sidecache-After: nothing older than that commit",
            () -> {
              String key = newProduct();
              Sidecar.get(entry("products", key)).assertStatus(200);
              Calls.database().execute("update products set name = 'own write' where id = " + key);
              JsonObject answer =
                  json(bulkGet("products", List.of(key), "Sidecache-After", Calls.position()));
              assertThat(member(answer, "entries", key).getJsonObject("value").getString("name"))
                  .isEqualTo("own write");
              bulkGet("plain", List.of("a"), "Sidecache-After", "FFFFFFFF/0")
                  .assertProblem(504, "position-timeout");
            }),
        new Clause(
            GET,
            "the token of a missing key fills it",
            () -> {
              JsonObject answer = json(bulkGet("plain", List.of("bulk-fill")));
              String token = answer.getJsonObject("missing").getString("bulk-fill");
              Sidecar.put(entry("plain", "bulk-fill"), "x", Calls.FILL, token).assertStatus(201);
            }),
        new Clause(
            GET,
            "GET, PUT, DELETE entries/get are about the entry get",
            () -> {
              String path = entry("plain", "get");
              Sidecar.fill(path, "the entry");
              assertThat(Sidecar.get(path).assertStatus(200).text()).isEqualTo("the entry");
              assertThat(
                      json(bulkGet("plain", List.of("get"))).getJsonObject("entries").fieldNames())
                  .containsExactly("get");
              Sidecar.delete(path).assertStatus(204);
              Sidecar.get(path).assertStatus(404);
              post(entry("plain", "got"), "{\"keys\":[]}").assertProblem(405, "method-not-allowed");
            }),
        new Clause(
            GET,
            "anything but a list of keys is refused",
            () -> {
              refused("/v1/caches/plain/entries/get");
              post("/v1/caches/plain/entries/get", "{\"groups\":[]}")
                  .assertProblem(400, "invalid-request");
              post("/v1/caches/nobodys/entries/get", "{\"keys\":[]}")
                  .assertProblem(404, "unknown-cache");
              post("/v1/caches/plain/entries/get", "{\"keys\":[]}" + " ".repeat(2 << 20))
                  .assertProblem(413, "body-too-large");
            }),
        new Clause(
            EVICT,
            "200 with counts; gone when it is answered",
            () -> {
              Sidecar.put(entry("unfenced", "k1"), "x");
              Sidecar.put(entry("unfenced", "k2"), "x", "Cache-Groups", "\"g1\"");
              Sidecar.put(entry("unfenced", "k3"), "x", "Cache-Groups", "\"g2\"");
              Answer answer =
                  evict("unfenced", "{\"keys\":[\"k1\",\"k1\",\"none\"],\"groups\":[\"g1\"]}");
              assertThat(json(answer)).isEqualTo(new JsonObject("{\"keys\":2,\"groups\":1}"));
              assertThat(answer.header("Content-Type")).isEqualTo("application/json");
              Sidecar.get(entry("unfenced", "k1")).assertStatus(404);
              Sidecar.get(entry("unfenced", "k2")).assertStatus(404);
              Sidecar.get(entry("unfenced", "k3")).assertStatus(200);
              assertThat(json(evict("unfenced", "{\"keys\":[]}")).getInteger("keys")).isZero();
            }),
        new Clause(
            EVICT,
            "published in one transaction",
            () -> {
              String last =
                  "select coalesce(max(xid::text::bigint), 0) from sidecache.invalidation";
              String before = Calls.database().query(last);
              evict("plain", "{\"keys\":[\"a\"],\"groups\":[\"b\"]}").assertStatus(200);
              String since = " from sidecache.invalidation where xid::text::bigint > " + before;
              assertThat(Calls.database().query("select count(distinct xid)" + since))
                  .isEqualTo("1");
              assertThat(Calls.database().query("select count(*)" + since)).isNotEqualTo("0");
            }),
        new Clause(EVICT, "up to 10 000 names", BulkClauses::mostNames),
        new Clause(
            EVICT,
            "503 when PostgreSQL is away",
            () -> {
              ArticleDatabase.poolProxy().setMode(Mode.REFUSE);
              Answer answer =
                  evict("plain", "{\"keys\":[\"a\"]}").assertProblem(503, "source-unavailable");
              assertThat(answer.header("Retry-After")).isEqualTo("1");
            }),
        new Clause(
            EVICT,
            "?scope=local: in this sidecar alone",
            () -> {
              Sidecar.fill(entry("plain", "l1"), "x");
              long logged = DeleteClauses.logged();
              Answer answer =
                  post("/v1/caches/plain/invalidations?scope=local", "{\"keys\":[\"l1\"]}");
              assertThat(json(answer).getInteger("keys")).isEqualTo(1);
              Sidecar.get(entry("plain", "l1")).assertStatus(404);
              assertThat(DeleteClauses.logged()).isEqualTo(logged);
              post("/v1/caches/plain/invalidations?scope=canary", "{\"keys\":[\"l1\"]}")
                  .assertProblem(400, "invalid-request");
            }),
        new Clause(
            EVICT,
            "anything but lists of names is refused",
            () -> {
              refused("/v1/caches/plain/invalidations");
              evict("plain", "{\"groups\":[\"\"]}").assertProblem(400, "invalid-key");
              evict("nobodys", "{\"keys\":[\"a\"]}").assertProblem(404, "unknown-cache");
            }));
  }

  private static JsonObject json(Answer answer) {
    return answer.assertStatus(200).json();
  }

  private static JsonObject member(JsonObject answer, String member, String key) {
    JsonObject found = answer.getJsonObject(member).getJsonObject(key);
    assertThat(found).as("%s of %s in %s", key, member, answer).isNotNull();
    return found;
  }

  private static String status(JsonObject answer, String member, String key) {
    return member(answer, member, key).getString("cacheStatus");
  }

  private static void shape() {
    Sidecar.fill(
        entry("plain", "s/1"),
        "{\"a\": 1}",
        "Content-Type",
        "application/json",
        "Cache-Groups",
        "\"g\", \"h\"");
    Answer single = Sidecar.get(entry("plain", "s/1"));
    Answer answer = bulkGet("plain", List.of("s/1", "s 2", "s/1"));
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    JsonObject json = json(answer);
    assertThat(json.fieldNames())
        .containsExactlyInAnyOrder("entries", "missing", "absent", "failed");
    JsonObject found = member(json, "entries", "s/1");
    assertThat(found.fieldNames())
        .containsExactlyInAnyOrder("value", "mediaType", "etag", "age", "groups", "cacheStatus");
    assertThat(found.getJsonObject("value").getInteger("a")).isEqualTo(1);
    assertThat(found.getString("mediaType")).isEqualTo("application/json");
    assertThat(found.getString("etag")).isEqualTo(single.header("ETag"));
    assertThat(found.getInteger("age")).isNotNegative();
    assertThat(found.getString("cacheStatus")).isEqualTo("sidecache; hit");
    assertThat(found.getJsonArray("groups")).containsExactly("g", "h");
    assertThat(json.getJsonObject("missing").getString("s 2")).hasSize(43);
    assertThat(json.getJsonObject("absent")).isEmpty();
    assertThat(json.getJsonObject("failed")).isEmpty();
  }

  private static void forms() {
    record Form(String type, String body, String member, Object value) {}
    List<Form> forms =
        List.of(
            new Form("application/json", "[1,\n2]", "value", List.of(1, 2)),
            new Form("application/json; charset=utf-8", "\"t\"", "value", "t"),
            new Form("application/vnd.x+json", "1", "value", 1),
            new Form("application/json", "{canary", "valueBase64", "e2NhbmFyeQ=="),
            new Form("application/jsonlines", "1", "valueBase64", "MQ=="),
            new Form("text/html; charset=utf-8", "\u00e4\"\n", "value", "\u00e4\"\n"),
            new Form("image/png", "png", "valueBase64", "cG5n"),
            new Form("text/plain", "", "value", ""));
    for (int i = 0; i < forms.size(); i++) {
      Sidecar.put(
              entry("unfenced", "form-" + i), forms.get(i).body, "Content-Type", forms.get(i).type)
          .assertStatus(201);
    }
    Sidecar.put(
        entry("unfenced", "coded"), "x", "Content-Type", "text/plain", "Content-Encoding", "br");
    Sidecar.put(entry("unfenced", "latin"), new byte[] {(byte) 0xE4}, "Content-Type", "text/plain");
    List<String> keys = IntStream.range(0, forms.size()).mapToObj(i -> "form-" + i).toList();
    JsonObject answer = json(bulkGet("unfenced", keys));
    for (int i = 0; i < forms.size(); i++) {
      JsonObject found = member(answer, "entries", "form-" + i);
      Form form = forms.get(i);
      Object value = found.getMap().get(form.member);
      assertThat(value instanceof Iterable<?> list ? list : value)
          .as(form.type)
          .isEqualTo(form.value);
      assertThat(found.getString("mediaType")).isEqualTo(form.type);
    }
    JsonObject others = json(bulkGet("unfenced", List.of("coded", "latin")));
    assertThat(member(others, "entries", "coded").getString("valueBase64")).isEqualTo("eA==");
    assertThat(member(others, "entries", "coded").getString("contentEncoding")).isEqualTo("br");
    assertThat(member(others, "entries", "latin").getString("valueBase64")).isEqualTo("5A==");
  }

  private static void mostNames() {
    List<String> keys =
        IntStream.range(0, 10_000).mapToObj(i -> "\u00e4".repeat(250) + "-" + i).toList();
    Sidecar.put(entry("unfenced", keys.getFirst()), "x");
    Sidecar.put(entry("unfenced", keys.getLast()), "x");
    Sidecar.put(entry("unfenced", "bystander"), "x");
    assertThat(json(evict("unfenced", Calls.keys(keys))).getInteger("keys")).isEqualTo(10_000);
    Sidecar.get(entry("unfenced", keys.getFirst())).assertStatus(404);
    Sidecar.get(entry("unfenced", keys.getLast())).assertStatus(404);
    Sidecar.get(entry("unfenced", "bystander")).assertStatus(200);
    String tooMany = Calls.keys(keys).replace("]}", "],\"groups\":[\"one more\"]}");
    evict("unfenced", tooMany).assertProblem(413, "too-many-names");
    evict("unfenced", " ".repeat(16 << 20) + "{}").assertProblem(413, "body-too-large");
  }

  private static void refused(String path) {
    for (String body :
        List.of(
            "{}",
            "{\"keys\":\"canary\"}",
            "{\"keys\":[1]}",
            "{\"keys\":[null]}",
            "{\"keys\":[[\"canary\"]]}",
            "{\"keys\":null}",
            "{\"canary\":[]}",
            "{\"keys\":[\"a\"],\"canary\":1}",
            "[\"canary\"]",
            "\"canary\"")) {
      post(path, body).assertProblem(400, "invalid-request");
    }
    for (String name :
        List.of(
            "", "x".repeat(513), "\u00e4".repeat(257), "a\\u0000", "\\ud800", "\\udc00\\ud800")) {
      post(path, "{\"keys\":[\"" + name + "\"]}").assertProblem(400, "invalid-key");
    }
  }
}
