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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A cache that the application fills: tokens keep overtaken values out of it. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class LookAsideTest {
  private static final String ALL = "/v1/caches/plain/entries";
  private static final String ENTRIES = ALL + "/";
  private static final String FILL = "Sidecache-Fill";

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  @Test
  void put_withTheMissesToken_stores() {
    Answer miss = Sidecar.get(ENTRIES + "a").assertProblem(404, "entry-absent");
    assertThat(miss.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss");

    Answer created = Sidecar.put(ENTRIES + "a", "one", FILL, miss.token()).assertStatus(201);
    assertThat(created.cacheStatus()).isEqualTo("sidecache; stored");
    Sidecar.put(ENTRIES + "a", "two", FILL, miss.token()).assertStatus(204);

    Answer hit = Sidecar.get(ENTRIES + "a").assertStatus(200);
    assertThat(hit.text()).isEqualTo("two");
    assertThat(hit.cacheStatus()).isEqualTo("sidecache; hit");
    assertThat(hit.headers().firstValue(FILL)).isEmpty();
  }

  @Test
  void head_missing_givesAToken() {
    String token = Sidecar.head(ENTRIES + "b").assertStatus(404).token();
    Sidecar.put(ENTRIES + "b", "x", FILL, token).assertStatus(201);
  }

  @Test
  void noCache_entryInMemory_givesATokenForANewerValue() {
    Sidecar.fill(ENTRIES + "c", "old");
    String token =
        Sidecar.get(ENTRIES + "c", "Cache-Control", "no-cache").assertStatus(404).token();
    Sidecar.put(ENTRIES + "c", "new", FILL, token).assertStatus(204);
    assertThat(Sidecar.get(ENTRIES + "c").text()).isEqualTo("new");
  }

  @Test
  void put_tokenOvertakenByADelete_isRefused() {
    String token = Sidecar.get(ENTRIES + "d").token();
    Sidecar.delete(ENTRIES + "d").assertStatus(204);
    Answer refused =
        Sidecar.put(ENTRIES + "d", "old", FILL, token).assertProblem(412, "fill-refused");
    assertThat(refused.cacheStatus()).isEqualTo("sidecache; detail=fill-refused");
    Sidecar.get(ENTRIES + "d").assertProblem(404, "entry-absent");
  }

  @Test
  void put_tokenOvertakenByTheDatabase_isRefused() {
    String order = "/v1/caches/orders/entries/%5B%227%22%2C%221%22%5D";
    String token = Sidecar.get(order).token();

    ArticleDatabase.database().execute("update orders set note = 'paid' where id = 1");

    await()
        .atMost(Sidecar.LIMIT)
        .untilAsserted(
            () -> Sidecar.put(order, "unpaid", FILL, token).assertProblem(412, "fill-refused"));
    Sidecar.fill(order, "paid");
    assertThat(Sidecar.get(order).text()).isEqualTo("paid");
  }

  @Test
  void put_tokenOfAnotherKeyOrCache_isRefused() {
    String token = Sidecar.get(ENTRIES + "e").token();
    Sidecar.put(ENTRIES + "f", "x", FILL, token).assertProblem(412, "fill-refused");
    Sidecar.put("/v1/caches/unfenced/entries/e", "x", FILL, token)
        .assertProblem(412, "fill-refused");
    Sidecar.get(ENTRIES + "f").assertProblem(404, "entry-absent");
  }

  @Test
  void put_tokenThatIsNone_isRefused() {
    String genuine = Sidecar.get(ENTRIES + "g").token();
    char last = genuine.charAt(genuine.length() - 1);
    String[] tokens = {
      "x",
      " ",
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      "????????????????????????????????????????????",
      genuine.substring(1),
      genuine + "A",
      (genuine.charAt(0) == 'A' ? 'B' : 'A') + genuine.substring(1),
      genuine.substring(0, 30) + (genuine.charAt(30) == 'A' ? 'B' : 'A') + genuine.substring(31),
      "x".repeat(4000)
    };
    assertThat(last).isNotEqualTo('=');
    for (String token : tokens) {
      Sidecar.put(ENTRIES + "g", "x", FILL, token).assertProblem(412, "fill-refused");
    }
    // It was none of them that spoilt the genuine one.
    Sidecar.put(ENTRIES + "g", "x", FILL, genuine).assertStatus(201);
  }

  @Test
  void put_withoutAToken_isRefusedUnlessTheCacheTakesIt() {
    Sidecar.put(ENTRIES + "h", "x").assertProblem(428, "fill-token-required");
    Sidecar.put("/v1/caches/products/entries/1", "x").assertProblem(428, "fill-token-required");
    Sidecar.put("/v1/caches/unfenced/entries/h", "x").assertStatus(201);
    assertThat(Sidecar.get("/v1/caches/unfenced/entries/h").text()).isEqualTo("x");
  }

  @Test
  void put_maxAge_endsTheEntrysLife() {
    Sidecar.fill(ENTRIES + "i", "short", "Cache-Control", "max-age=1");
    Sidecar.fill(ENTRIES + "j", "long", "Cache-Control", "max-age=3600");
    Sidecar.awaitGet(ENTRIES + "i", answer -> answer.assertProblem(404, "entry-absent"));
    Sidecar.get(ENTRIES + "j").assertStatus(200);
  }

  @Test
  void put_maxAgeOfNothing_isNeverServed() {
    Sidecar.fill(ENTRIES + "k", "none", "Cache-Control", "max-age=0");
    Sidecar.get(ENTRIES + "k").assertProblem(404, "entry-absent");
  }

  @Test
  void delete_entry_isGoneEverywhereWhenItIsAnswered() {
    Sidecar.fill(ENTRIES + "l", "x");
    String token = Sidecar.get(ENTRIES + "l", "Cache-Control", "no-cache").token();
    Answer deleted = Sidecar.delete(ENTRIES + "l").assertStatus(204);
    assertThat(deleted.body().length()).isZero();
    Sidecar.get(ENTRIES + "l").assertProblem(404, "entry-absent");
    Sidecar.put(ENTRIES + "l", "old", FILL, token).assertProblem(412, "fill-refused");
    Sidecar.delete(ENTRIES + "l").assertStatus(204);
  }

  @Test
  void delete_scopeLocal_isGoneHere() {
    Sidecar.fill(ENTRIES + "m", "x");
    String token = Sidecar.get(ENTRIES + "m", "Cache-Control", "no-cache").token();
    Sidecar.delete(ENTRIES + "m?scope=local").assertStatus(204);
    Sidecar.get(ENTRIES + "m").assertProblem(404, "entry-absent");
    Sidecar.put(ENTRIES + "m", "old", FILL, token).assertProblem(412, "fill-refused");
  }

  @Test
  void delete_scopeUnknown_isRefused() {
    Sidecar.fill(ENTRIES + "n", "x");
    for (String scope : new String[] {"nonsense", "LOCAL", "", "local%20"}) {
      Sidecar.delete(ENTRIES + "n?scope=" + scope).assertProblem(400, "invalid-request");
    }
    Sidecar.get(ENTRIES + "n").assertStatus(200);
  }

  @Test
  void deleteAll_cache_isEmptyWhenItIsAnswered() {
    Sidecar.fill(ENTRIES + "o", "x");
    Sidecar.fill(ENTRIES + "p", "x");
    Sidecar.fill("/v1/caches/orders/entries/o", "kept");
    String token = Sidecar.get(ENTRIES + "q").token();

    Sidecar.delete(ALL).assertStatus(204);

    Sidecar.get(ENTRIES + "o").assertProblem(404, "entry-absent");
    Sidecar.get(ENTRIES + "p").assertProblem(404, "entry-absent");
    Sidecar.put(ENTRIES + "q", "old", FILL, token).assertProblem(412, "fill-refused");
    Sidecar.get("/v1/caches/orders/entries/o").assertStatus(200);
  }

  @Test
  void deleteAll_scopeLocal_emptiesTheCacheHere() {
    Sidecar.fill(ENTRIES + "r", "x");
    Sidecar.delete(ALL + "?scope=local").assertStatus(204);
    Sidecar.get(ENTRIES + "r").assertProblem(404, "entry-absent");
    Sidecar.delete(ALL + "?scope=nonsense").assertProblem(400, "invalid-request");
  }

  @Test
  void conditionalGet_entry_isAnswered304() {
    Sidecar.fill(ENTRIES + "s", "x");
    String etag = Sidecar.get(ENTRIES + "s").header("ETag");
    Sidecar.get(ENTRIES + "s", "If-None-Match", etag).assertStatus(304);
  }
}
