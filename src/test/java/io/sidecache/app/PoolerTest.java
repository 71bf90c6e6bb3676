/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.testing.PgBouncerProcess.Mode;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A sidecar whose PgBouncer begins in transaction mode and goes over to session mode. */
@QuarkusTest
@TestProfile(PoolerProfile.class)
final class PoolerTest {
  private static final String ITEM = "/v1/caches/items/entries/1";
  private static final String HIT = "sidecache; hit";

  private final TestPostgres.Database database = PooledDatabase.database();

  private static JsonObject listenerData() {
    return Sidecar.listenerData("live");
  }

  private static void awaitState(String state) {
    await().atMost(Sidecar.LIMIT).until(() -> listenerData().getString("state").equals(state));
    Sidecar.awaitFresh();
  }

  /** Changes the row, and waits until what is in memory is the new value, proven fresh. */
  private void changeAndSee(int n) {
    Sidecar.awaitGet(ITEM, answer -> assertThat(answer.cacheStatus()).isEqualTo(HIT));
    database.execute("update item set n = " + n + " where id = 1");
    Sidecar.awaitGet(
        ITEM,
        answer -> {
          assertThat(answer.text()).isEqualTo(Integer.toString(n));
          assertThat(answer.cacheStatus()).isEqualTo(HIT);
        });
  }

  @Test
  void transactionPooler_isPolledThenListenedThrough_neverBackInTime() throws Exception {
    awaitState("POLLING");
    assertThat(listenerData().getString("lastTrouble")).isEqualTo("pooler");
    assertThat(listenerData().getString("lastFailure"))
        .contains("a pooler in transaction or statement mode");
    assertThat(Sidecar.health("ready").getString("status")).isEqualTo("UP");
    assertThat(Sidecar.management("/metrics").text())
        .contains("sidecache_source_polling 1.0")
        .containsPattern("sidecache_source_troubles_total\\{reason=\"pooler\"} [1-9]");
    changeAndSee(2);

    AtomicBoolean done = new AtomicBoolean();
    List<Long> seen = new CopyOnWriteArrayList<>();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  while (!done.get()) {
                    Sidecar.Answer answer = Sidecar.get(ITEM);
                    if (answer.status() == 200) {
                      seen.add(Long.parseLong(answer.text()));
                    }
                  }
                });
    try {
      PooledDatabase.bouncer().restart(Mode.SESSION);
      database.execute("update item set n = 3 where id = 1");
      awaitState("FRESH");
      changeAndSee(4);
    } finally {
      done.set(true);
      reader.join();
    }
    assertThat(seen).isSorted().contains(4L);
    assertThat(Sidecar.management("/metrics").text()).contains("sidecache_source_polling 0.0");
  }
}
