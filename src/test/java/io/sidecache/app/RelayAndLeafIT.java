/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.app.RelayAndLeaf.Read;
import io.sidecache.testing.FaultProxy.Mode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is shipped, twice: a relay, and a leaf that has nothing but its webhooks. */
final class RelayAndLeafIT {
  private static final RelayAndLeaf BED = new RelayAndLeaf();

  @BeforeAll
  static void start() {
    BED.startLeaf(RelayAndLeaf.OLD);
    BED.startRelay(RelayAndLeaf.OLD);
  }

  @AfterAll
  static void stop() {
    BED.close();
  }

  @BeforeEach
  void fresh() {
    BED.awaitPlainHit("items", 100);
  }

  private static void awaitGone(String cache, int key) {
    await().atMost(RunningSidecar.LIMIT).until(() -> BED.read(cache, key).status() == 404);
  }

  /** The leaf calls nothing fresh: it bypasses, or says that what it serves may be stale. */
  private static void awaitGap(int key) {
    await().atMost(RunningSidecar.LIMIT).until(() -> BED.read("items", key).isGap());
    Read old = BED.read("old", key);
    assertThat(old.status()).isEqualTo(200);
    assertThat(old.cacheStatus()).isEqualTo("sidecache; hit; detail=gap");
  }

  /**
   * Waits until a heartbeat that the network holds back can prove nothing any more. It answers a
   * nonce that is a little younger than the one whose proof has run out, so for that little the
   * leaf would rightly be fresh again, and know nothing of a change that was made since.
   */
  private static void awaitOldNonces(int key) {
    await()
        .during(RelayAndLeaf.LEAF_TIMEOUT)
        .atMost(RunningSidecar.LIMIT)
        .until(() -> BED.read("items", key).isGap());
  }

  /** From now on until the leaf is fresh again, it must not pass off this value as fresh. */
  private static void awaitFreshWithout(int key, String value) {
    await()
        .atMost(RunningSidecar.LIMIT)
        .until(
            () -> {
              Read read = BED.read("items", key);
              assertThat(read.isPlainHit() && read.body().equals(value)).isFalse();
              return !read.isGap();
            });
    BED.awaitPlainHit("items", key);
    BED.awaitPlainHit("old", key);
    assertThat(BED.read("items", key).body()).isEqualTo(BED.value(key));
    assertThat(BED.read("old", key).body()).isEqualTo(BED.value(key));
  }

  private static String held(int key) {
    BED.awaitPlainHit("items", key);
    BED.awaitPlainHit("old", key);
    return BED.value(key);
  }

  @Test
  void commits_ofEveryKind_evictInTheLeaf() {
    held(1);
    BED.change(1);
    awaitGone("items", 1);
    held(2);
    BED.database.execute("select sidecache.invalidate('items', '2')");
    awaitGone("items", 2);
    BED.awaitPlainHit("fed", 3);
    BED.database.execute("select pg_notify('fed_changed', '3')");
    awaitGone("fed", 3);
    held(4);
    BED.database.execute("select sidecache.invalidate_all('items')");
    awaitGone("items", 4);
    assertThat(BED.relay().send("DELETE", "/v1/caches/fed/entries/5", "").statusCode())
        .isEqualTo(204);
  }

  @Test
  void relay_killedAndBack_leafIsStaleInBetweenAndMissesNothing() {
    String before = held(6);

    BED.relay().kill();
    awaitGap(6);
    BED.change(6);
    BED.startRelay(RelayAndLeaf.OLD);

    awaitFreshWithout(6, before);
    assertThat(BED.relay().peer("leaf").getInteger("resets")).isPositive();
  }

  @Test
  void postgres_cutOffFromTheRelay_leafIsStaleInBetweenAndMissesNothing() {
    String before = held(7);

    BED.postgres.setMode(Mode.BLACKHOLE);
    awaitGap(7);
    BED.change(7);
    BED.postgres.setMode(Mode.RESET);
    BED.postgres.setMode(Mode.PASS);

    awaitFreshWithout(7, before);
  }

  @Test
  void leaf_restarted_isFreshAgainAndMissesNothing() {
    String before = held(8);

    BED.leaf().kill();
    BED.change(8);
    BED.startLeaf(RelayAndLeaf.OLD);

    awaitFreshWithout(8, before);
  }

  @Test
  void network_halfOpenBetweenThem_leafIsStaleInBetweenAndMissesNothing() {
    for (Mode mode : new Mode[] {Mode.BLACKHOLE, Mode.STALL_TO_CLIENT, Mode.STALL_TO_SERVER}) {
      String before = held(9);

      BED.hooks.setMode(mode);
      awaitGap(9);
      awaitOldNonces(9);
      BED.change(9);
      BED.hooks.setMode(Mode.RESET);
      BED.hooks.setMode(Mode.PASS);

      awaitFreshWithout(9, before);
    }
  }

  @Test
  void secret_rotated_isTakenAllTheWayAndAWrongOneIsNot() {
    BED.relay().kill();
    BED.startRelay(RelayAndLeaf.NEW + "," + RelayAndLeaf.OLD);
    String before = held(10);

    BED.leaf().kill();
    BED.startLeaf(RelayAndLeaf.NEW);
    BED.change(10);
    awaitFreshWithout(10, before);

    BED.relay().kill();
    BED.startRelay(RelayAndLeaf.OLD);
    awaitGap(10);
    await()
        .atMost(RunningSidecar.LIMIT)
        .until(() -> "status 401".equals(BED.relay().peer("leaf").getString("lastFailure")));
    BED.relay().kill();
    BED.startRelay(RelayAndLeaf.NEW);
    BED.leaf().kill();
    BED.startLeaf(RelayAndLeaf.OLD + "," + RelayAndLeaf.NEW);
    BED.awaitPlainHit("items", 10);

    BED.relay().kill(); // as the other tests want it
    BED.startRelay(RelayAndLeaf.OLD);
    BED.leaf().kill();
    BED.startLeaf(RelayAndLeaf.OLD);
  }
}
