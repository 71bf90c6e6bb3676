/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.ArticleProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Entries near and past their end, whose loads can be made to fail or to answer otherwise. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class StaleTest {
  private static final String MEANWHILE = "/v1/caches/meanwhile/entries/";
  private static final String ANYWAY = "/v1/caches/anyway/entries/";
  private static final String AHEAD = "/v1/caches/ahead/entries/";
  private static final String WHILE_REVALIDATE =
      "sidecache; hit; ttl=-\\d+; detail=stale-while-revalidate";
  private static final String IF_ERROR = "sidecache; fwd=stale; ttl=-\\d+; detail=stale-if-error";

  private final TestPostgres.Database database = ArticleDatabase.database();

  @BeforeEach
  void controlled() {
    database.execute("create table if not exists control (works int, note text)");
    database.execute("delete from control; insert into control values (1, ' first')");
    Sidecar.awaitFresh();
  }

  private void note(String note) {
    database.execute("update control set note = '" + note + "'");
  }

  private void works(boolean works) {
    database.execute("update control set works = " + (works ? 1 : 0));
  }

  private static Answer awaitStatus(String path, String cacheStatus) {
    return Sidecar.awaitGet(path, answer -> assertThat(answer.cacheStatus()).matches(cacheStatus));
  }

  @Test
  void whileRevalidate_entryPastItsEnd_isServedAndSaysSoUntilTheNewOneIsThere() {
    assertThat(Sidecar.get(MEANWHILE + "11").cacheStatus())
        .isEqualTo("sidecache; fwd=uri-miss; stored");
    note(" second");

    Answer stale = awaitStatus(MEANWHILE + "11", WHILE_REVALIDATE).assertStatus(200);

    assertThat(stale.text()).isEqualTo("product 11 first");
    assertThat(stale.header("Age")).matches("\\d+");
    Sidecar.awaitGet(
        MEANWHILE + "11", answer -> assertThat(answer.text()).isEqualTo("product 11 second"));
    JsonObject renewals = Sidecar.figures("meanwhile").getJsonObject("renewals");
    assertThat(renewals.getLong("staleWhileRevalidate")).isPositive();
    assertThat(renewals.getLong("refreshes")).isPositive();
  }

  @Test
  void whileRevalidate_invalidatedPastItsEnd_isNotServedThoughNothingElseIsThere() {
    Sidecar.get(MEANWHILE + "12").assertStatus(200);
    works(false);
    awaitStatus(MEANWHILE + "12", WHILE_REVALIDATE).assertStatus(200);
    assertThat(Sidecar.get(MEANWHILE + "12").cacheStatus())
        .as("after a revalidation that failed")
        .matches(WHILE_REVALIDATE);

    Sidecar.delete(MEANWHILE + "12").assertStatus(204);

    Answer failed = Sidecar.get(MEANWHILE + "12").assertProblem(503, "load-failed");
    assertThat(failed.cacheStatus()).isEqualTo("sidecache; fwd=uri-miss; detail=load-failed");
  }

  @Test
  void maxStale_entryLongerPastItsEnd_isNotServed() {
    Sidecar.get(MEANWHILE + "16").assertStatus(200);
    works(false);
    awaitStatus(
        MEANWHILE + "16", "sidecache; hit; ttl=-([2-9]|\\d\\d+); detail=stale-while-revalidate");

    Answer strict = Sidecar.get(MEANWHILE + "16", "Cache-Control", "max-stale=0");

    strict.assertProblem(503, "load-failed");
    assertThat(strict.cacheStatus()).isEqualTo("sidecache; fwd=request; detail=load-failed");
    Sidecar.get(MEANWHILE + "16", "Cache-Control", "max-stale=3600").assertStatus(200);
  }

  @Test
  void ifError_loadFailsPastTheEnd_isServedAndSaysSo() {
    Sidecar.get(ANYWAY + "13").assertStatus(200);
    works(false);

    Answer stale = awaitStatus(ANYWAY + "13", IF_ERROR).assertStatus(200);

    assertThat(stale.text()).isEqualTo("product 13 first");
    assertThat(Sidecar.head(ANYWAY + "13").assertStatus(200).cacheStatus()).matches(IF_ERROR);
    Answer demanding =
        Sidecar.get(ANYWAY + "13", "Cache-Control", "no-cache").assertProblem(503, "load-failed");
    assertThat(demanding.cacheStatus()).isEqualTo("sidecache; fwd=stale; detail=load-failed");
    Sidecar.get(ANYWAY + "13", "Cache-Control", "only-if-cached").assertStatus(504);
    assertThat(Sidecar.figures("anyway").getJsonObject("renewals").getLong("staleIfError"))
        .isGreaterThanOrEqualTo(2);

    works(true);
    assertThat(Sidecar.get(ANYWAY + "13").assertStatus(200).cacheStatus())
        .isEqualTo("sidecache; fwd=stale; stored");
  }

  @Test
  void ifError_invalidatedPastItsEnd_isNotServed() {
    Sidecar.get(ANYWAY + "14").assertStatus(200);
    works(false);
    awaitStatus(ANYWAY + "14", IF_ERROR);

    Sidecar.delete(ANYWAY + "14").assertStatus(204);

    Sidecar.get(ANYWAY + "14").assertProblem(503, "load-failed");
  }

  @Test
  void refreshAfterWrite_hits_seeWhatNoTriggerToldWithoutAMiss() {
    Sidecar.get(AHEAD + "15").assertStatus(200);
    note(" second");

    Sidecar.awaitGet(
        AHEAD + "15",
        answer -> {
          assertThat(answer.text()).isEqualTo("product 15 second");
          assertThat(answer.cacheStatus()).isEqualTo("sidecache; hit");
        });

    JsonObject figures = Sidecar.figures("ahead");
    assertThat(figures.getLong("misses")).isEqualTo(1);
    assertThat(figures.getJsonObject("renewals").getLong("refreshes")).isPositive();
    assertThat(Sidecar.management("/metrics").text())
        .contains("sidecache_cache_refreshes_total{cache=\"ahead\",result=\"answered\"}")
        .contains("sidecache_cache_reads_total{cache=\"anyway\",result=\"stale-if-error\"}");
  }

  @Test
  void settings_ofTheCache_areShown() {
    JsonObject settings = Sidecar.get("/v1/caches/meanwhile").json().getJsonObject("settings");
    assertThat(settings.getString("staleWhileRevalidate")).isEqualTo("PT1H");
    assertThat(settings.getInteger("expiryJitterPercent")).isZero();
    assertThat(settings.containsKey("staleIfError")).isFalse();
    assertThat(
            Sidecar.get("/v1/caches/ahead")
                .json()
                .getJsonObject("settings")
                .getString("refreshAfterWrite"))
        .isEqualTo("PT0.3S");
  }
}
