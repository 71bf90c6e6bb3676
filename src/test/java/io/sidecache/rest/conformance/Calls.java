/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The calls that many clauses make. */
final class Calls {
  static final String FILL = "Sidecache-Fill";
  static final String HIT = "sidecache; hit";
  static final String STORED = "sidecache; fwd=uri-miss; stored";

  private static final AtomicInteger NEXT_PRODUCT = new AtomicInteger(20_000);

  private Calls() {}

  static TestPostgres.Database database() {
    return ArticleDatabase.database();
  }

  static String entry(String cache, String key) {
    return "/v1/caches/"
        + cache
        + "/entries/"
        + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** A row that nobody has read yet, by its id. */
  static String newProduct() {
    String id = Integer.toString(NEXT_PRODUCT.incrementAndGet());
    database().execute("insert into products values (" + id + ", 'product " + id + "', 1)");
    // All that this says has been applied, so that it evicts nothing that is read now.
    // After an outage, connections that are dead are still in the pool for a while.
    await()
        .atMost(Sidecar.LIMIT)
        .until(
            () ->
                Sidecar.get(entry("plain", "nothing"), "Sidecache-After", position()).status()
                    == 404);
    return id;
  }

  /** An id that no row has. */
  static String noProduct() {
    return Integer.toString(NEXT_PRODUCT.incrementAndGet());
  }

  static String position() {
    return database().query("select pg_current_wal_insert_lsn()");
  }

  static Answer post(String path, String body, String... fields) {
    String[] all = new String[fields.length + 2];
    System.arraycopy(fields, 0, all, 0, fields.length);
    all[fields.length] = "Content-Type";
    all[fields.length + 1] = "application/json";
    return Sidecar.send("POST", path, BodyPublishers.ofString(body), all);
  }

  static Answer bulkGet(String cache, Collection<String> keys, String... fields) {
    return post("/v1/caches/" + cache + "/entries/get", keys(keys), fields);
  }

  static String keys(Collection<String> keys) {
    return new JsonObject().put("keys", new JsonArray(List.copyOf(keys))).encode();
  }

  static Answer evict(String cache, String body) {
    return post("/v1/caches/" + cache + "/invalidations", body);
  }

  static void assertHit(Answer answer) {
    assertThat(answer.assertStatus(200).cacheStatus()).isEqualTo(HIT);
  }
}
