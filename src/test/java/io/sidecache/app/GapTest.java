/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.FaultProxy.Mode;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is served while nobody can say whether it is still true, and after that. */
@QuarkusTest
@TestProfile(GapProfile.class)
final class GapTest {
  private static final String PRODUCTS = "/v1/caches/products/entries/";
  private static final String STALE = "/v1/caches/stale/entries/";
  private static final String BRIEF = "/v1/caches/brief/entries/";
  private static final String PLAIN = "/v1/caches/plain/entries/";
  private static final String KEPT = "/v1/caches/kept/entries/";
  private static final String HIT = "sidecache; hit";
  private static final String HIT_GAP = "sidecache; hit; detail=gap";
  private static final String BYPASS = "sidecache; fwd=bypass; detail=gap";

  private final TestPostgres.Database database = ArticleDatabase.database();
  private final FaultProxy listener = ArticleDatabase.listenerProxy();
  private final FaultProxy pool = ArticleDatabase.poolProxy();

  @BeforeEach
  @AfterEach
  void whole() {
    listener.setMode(Mode.PASS);
    pool.setMode(Mode.PASS);
    Sidecar.awaitFresh();
  }

  private static JsonObject listenerData() {
    return Sidecar.listenerData("live");
  }

  private static void awaitHit(String path) {
    Sidecar.awaitGet(path, answer -> assertThat(answer.cacheStatus()).isEqualTo(HIT));
  }

  private static Answer awaitStatus(String path, String cacheStatus) {
    return Sidecar.awaitGet(
        path, answer -> assertThat(answer.cacheStatus()).isEqualTo(cacheStatus));
  }

  @Test
  void start_migrateOff_installsNothing() {
    assertThat(database.query("select to_regnamespace('sidecache')")).isNull();
  }

  @Test
  void blackhole_entryInMemory_isNotServedUntilItIsProvenAgain() {
    awaitHit(PRODUCTS + "1");

    listener.setMode(Mode.BLACKHOLE);

    Answer bypass = awaitStatus(PRODUCTS + "1", BYPASS).assertStatus(200);
    assertThat(bypass.json().getString("name")).isEqualTo("product 1");
    database.execute("update products set name = 'changed unheard' where id = 1");
    Answer changed = Sidecar.get(PRODUCTS + "1").assertStatus(200);
    assertThat(changed.cacheStatus()).isEqualTo(BYPASS);
    assertThat(changed.json().getString("name")).isEqualTo("changed unheard");

    listener.setMode(Mode.PASS);
    Sidecar.awaitFresh();
    // Nothing of before the gap is left, and nothing that was read during it was kept.
    Answer again =
        Sidecar.awaitGet(
            PRODUCTS + "1",
            answer ->
                assertThat(answer.cacheStatus()).startsWith("sidecache; ").doesNotContain("gap"));
    assertThat(again.json().getString("name")).isEqualTo("changed unheard");
    awaitHit(PRODUCTS + "1");
  }

  @Test
  void blackhole_health_staysUpAndTellsTheState() {
    long reconnects = listenerData().getLong("reconnects");
    listener.setMode(Mode.BLACKHOLE);

    awaitStatus(PRODUCTS + "2", BYPASS);

    await().atMost(Sidecar.LIMIT).until(() -> !listenerData().getString("state").equals("FRESH"));
    JsonObject data = listenerData();
    assertThat(Sidecar.health("live").getString("status")).isEqualTo("UP");
    assertThat(Sidecar.health("ready").getString("status")).isEqualTo("UP");
    assertThat(Sidecar.health("started").getString("status")).isEqualTo("UP");
    assertThat(data.getString("lastFailure")).isNotBlank().doesNotContain("canary");
    assertThat(data.getLong("disconnectedForMillis")).isNotNegative();
    assertThat(Sidecar.management("/metrics").text()).contains("sidecache_source_fresh 0.0");

    listener.setMode(Mode.PASS);
    Sidecar.awaitFresh();
    await().atMost(Sidecar.LIMIT).until(() -> listenerData().getString("state").equals("FRESH"));
    assertThat(listenerData().getLong("reconnects")).isGreaterThan(reconnects);
    assertThat(listenerData().containsKey("disconnectedForMillis")).isFalse();
  }

  @Test
  void stall_serverUnheard_isAGapToo() {
    awaitHit(PRODUCTS + "3");
    listener.setMode(Mode.STALL_TO_CLIENT);
    awaitStatus(PRODUCTS + "3", BYPASS);
  }

  @Test
  void blackhole_lookAside_givesMissesWithTokensThatEndWithTheGap() {
    String before = Sidecar.get(PLAIN + "a").token();
    Sidecar.fill(PLAIN + "b", "from before");
    listener.setMode(Mode.BLACKHOLE);

    Answer miss = awaitStatus(PLAIN + "b", BYPASS).assertProblem(404, "entry-absent");
    String during = miss.token();

    listener.setMode(Mode.PASS);
    Sidecar.awaitFresh();
    Sidecar.put(PLAIN + "a", "x", "Sidecache-Fill", before).assertProblem(412, "fill-refused");
    Sidecar.put(PLAIN + "b", "x", "Sidecache-Fill", during).assertProblem(412, "fill-refused");
    Sidecar.get(PLAIN + "b").assertProblem(404, "entry-absent");
  }

  @Test
  void blackhole_serveStale_servesWithAgeAndSaysSo() {
    awaitHit(STALE + "4");
    listener.setMode(Mode.BLACKHOLE);

    Answer stale = awaitStatus(STALE + "4", HIT_GAP).assertStatus(200);

    assertThat(stale.header("Age")).matches("\\d+");
    assertThat(stale.json().getString("name")).isEqualTo("product 4");
    // Known to be stale, asked for anew: read from the database, and not kept.
    assertThat(Sidecar.get(STALE + "4", "Cache-Control", "no-cache").cacheStatus())
        .isEqualTo(BYPASS);
    assertThat(Sidecar.get(STALE + "4").cacheStatus()).isEqualTo(HIT_GAP);
    assertThat(Sidecar.figures("stale").getLong("staleHits")).isPositive();
  }

  @Test
  void blackhole_serveStaleBeyondItsBound_isAMiss() {
    awaitHit(BRIEF + "5");
    listener.setMode(Mode.BLACKHOLE);
    awaitStatus(BRIEF + "5", HIT_GAP);
    // Older than max-stale: read again, whatever the cache still holds.
    awaitStatus(BRIEF + "5", BYPASS).assertStatus(200);
  }

  @Test
  void outage_ofEverything_isToldAndEndsByItself() {
    awaitHit(PRODUCTS + "6");
    awaitHit(STALE + "6");
    Sidecar.fill(PLAIN + "c", "x");
    listener.setMode(Mode.REFUSE);
    pool.setMode(Mode.REFUSE);

    Answer failed =
        Sidecar.awaitGet(PRODUCTS + "6", answer -> answer.assertProblem(503, "load-failed"));
    assertThat(failed.cacheStatus())
        .isIn("sidecache; fwd=uri-miss; detail=load-failed", BYPASS); // noticed, or not yet
    awaitStatus(PRODUCTS + "6", BYPASS).assertProblem(503, "load-failed");
    assertThat(Sidecar.get(STALE + "6").cacheStatus()).isEqualTo(HIT_GAP);
    assertThat(Sidecar.get(PLAIN + "c").assertProblem(404, "entry-absent").cacheStatus())
        .isEqualTo(BYPASS);
    Answer refused = Sidecar.delete(PLAIN + "c").assertProblem(503, "source-unavailable");
    assertThat(refused.header("Retry-After")).isEqualTo("1");
    Sidecar.delete("/v1/caches/plain/entries").assertProblem(503, "source-unavailable");
    Sidecar.delete(STALE + "6?scope=local").assertStatus(204);
    Sidecar.get(STALE + "6").assertProblem(503, "load-failed");
    assertThat(Sidecar.health("ready").getString("status")).isEqualTo("UP");

    pool.setMode(Mode.PASS);
    listener.setMode(Mode.PASS);
    Sidecar.awaitFresh();
    awaitHit(PRODUCTS + "6");
    Sidecar.delete(PRODUCTS + "6").assertStatus(204);
  }

  @Test
  void outage_ofThePoolAlone_isAGap() {
    // Without it no heartbeat can be sent, so nothing is proven.
    awaitHit(PRODUCTS + "7");
    pool.setMode(Mode.BLACKHOLE);
    Sidecar.awaitGet(PRODUCTS + "7", answer -> assertThat(answer.status()).isEqualTo(503));
    pool.setMode(Mode.PASS);
    Sidecar.awaitFresh();
    awaitHit(PRODUCTS + "7");
  }

  @Test
  void backend_killed_isFollowedByANewOneAndNothingOld() {
    awaitHit(STALE + "8");
    awaitHit(PRODUCTS + "8");
    long reconnects = listenerData().getLong("reconnects");

    database.execute(
        """
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'sidecache-listener' and datname = current_database();
        update products set name = 'changed meanwhile' where id = 8
        """);

    await().atMost(Sidecar.LIMIT).until(() -> listenerData().getLong("reconnects") > reconnects);
    Sidecar.awaitFresh();
    for (String path : new String[] {PRODUCTS + "8", STALE + "8"}) {
      Answer answer = Sidecar.awaitGet(path, got -> assertThat(got.cacheStatus()).isEqualTo(HIT));
      assertThat(answer.json().getString("name")).isEqualTo("changed meanwhile");
    }
  }

  @Test
  void reset_ofTheSocket_isFollowedByANewOne() {
    awaitHit(PRODUCTS + "9");
    long reconnects = listenerData().getLong("reconnects");
    listener.setMode(Mode.RESET);
    awaitStatus(PRODUCTS + "9", BYPASS);
    listener.setMode(Mode.PASS);
    await().atMost(Sidecar.LIMIT).until(() -> listenerData().getLong("reconnects") > reconnects);
    awaitHit(PRODUCTS + "9");
  }

  @Test
  void blackhole_readThatNamesItsCommit_isAnsweredByTheDatabaseOrNotAtAll() {
    awaitHit(PRODUCTS + "10");
    awaitHit(STALE + "10");
    Sidecar.fill(PLAIN + "named", "old");
    listener.setMode(Mode.BLACKHOLE);
    awaitStatus(STALE + "10", HIT_GAP);
    database.execute("update products set name = 'named' where id = 10");
    String[] after = {"Sidecache-After", database.query("select pg_current_wal_insert_lsn()")};

    for (String path : new String[] {PRODUCTS + "10", STALE + "10"}) {
      Answer answer = Sidecar.get(path, after).assertStatus(200);
      assertThat(answer.json().getString("name")).isEqualTo("named");
      assertThat(answer.cacheStatus()).isEqualTo(BYPASS);
    }
    Answer unproven = Sidecar.get(PLAIN + "named", after).assertProblem(504, "position-timeout");
    assertThat(unproven.cacheStatus()).isEqualTo(BYPASS);
    assertThat(unproven.headers().firstValue("Sidecache-Fill")).isEmpty();
  }

  @Test
  void blackhole_onlyIfCached_isNotAnswered() {
    awaitHit(PRODUCTS + "11");
    awaitHit(STALE + "11");
    listener.setMode(Mode.BLACKHOLE);
    awaitStatus(PRODUCTS + "11", BYPASS);

    Answer refused =
        Sidecar.get(PRODUCTS + "11", "Cache-Control", "only-if-cached")
            .assertProblem(504, "not-cached");
    assertThat(refused.cacheStatus()).isEqualTo(BYPASS);
    assertThat(Sidecar.get(STALE + "11", "Cache-Control", "only-if-cached").cacheStatus())
        .isEqualTo(HIT_GAP);
  }

  @Test
  void blackhole_serveStale_honoursTheRequestsOwnBounds() {
    awaitHit(STALE + "12");
    listener.setMode(Mode.BLACKHOLE);
    awaitStatus(STALE + "12", HIT_GAP);
    Sidecar.awaitGet(
        STALE + "12", answer -> assertThat(Integer.parseInt(answer.header("Age"))).isPositive());

    for (String narrow : new String[] {"max-stale=0", "max-age=0", "no-cache"}) {
      assertThat(Sidecar.get(STALE + "12", "Cache-Control", narrow).cacheStatus())
          .as(narrow)
          .isEqualTo(BYPASS);
    }
    for (String wide : new String[] {"max-stale", "max-stale=600", "max-age=600"}) {
      assertThat(Sidecar.get(STALE + "12", "Cache-Control", wide).cacheStatus())
          .as(wide)
          .isEqualTo(HIT_GAP);
    }
    // What the cache does not serve no request can make it serve.
    awaitStatus(PRODUCTS + "12", BYPASS);
    assertThat(Sidecar.get(PRODUCTS + "12", "Cache-Control", "max-stale").cacheStatus())
        .isEqualTo(BYPASS);
  }

  @Test
  void blackhole_serveStaleOfAnAbsentRow_saysSo() {
    Sidecar.awaitGet(
        STALE + "1005",
        answer -> assertThat(answer.cacheStatus()).isEqualTo("sidecache; hit; detail=negative"));
    listener.setMode(Mode.BLACKHOLE);
    Answer stale = awaitStatus(STALE + "1005", HIT_GAP).assertProblem(404, "row-absent");
    assertThat(stale.headers().firstValue("Sidecache-Fill")).isEmpty();
    Answer head = Sidecar.head(STALE + "1005").assertStatus(404);
    assertThat(head.cacheStatus()).isEqualTo(HIT_GAP);
  }

  @Test
  void blackhole_lookAsideWithServeStale_servesWhatItHas() {
    Sidecar.fill(KEPT + "a", "x");
    listener.setMode(Mode.BLACKHOLE);
    assertThat(awaitStatus(KEPT + "a", HIT_GAP).assertStatus(200).text()).isEqualTo("x");
    Answer miss = Sidecar.get(KEPT + "b").assertProblem(404, "entry-absent");
    assertThat(miss.cacheStatus()).isEqualTo(BYPASS);
    assertThat(miss.token()).isNotEmpty();
  }
}
