/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import org.junit.jupiter.api.Test;

/** A sidecar with {@code source: log-polling}, all of it through a transaction pooler. */
@QuarkusTest
@TestProfile(PollingProfile.class)
final class LogPollingTest {
  private static final String ITEM = "/v1/caches/items/entries/1";

  @Test
  void attachedTable_changes_areEvictedAndDeletesComeBack() {
    Sidecar.awaitFresh();
    assertThat(Sidecar.listenerData("ready").getString("state")).isEqualTo("POLLING");
    for (int n = 10; n < 20; n++) {
      Sidecar.awaitGet(
          ITEM, answer -> assertThat(answer.cacheStatus()).isEqualTo("sidecache; hit"));
      PooledDatabase.database().execute("update item set n = " + n + " where id = 1");
      String wanted = Integer.toString(n);
      await().atMost(Sidecar.LIMIT).until(() -> Sidecar.get(ITEM).text().equals(wanted));
    }
    Sidecar.delete(ITEM).assertStatus(204);
    assertThat(Sidecar.get(ITEM).cacheStatus()).isEqualTo("sidecache; fwd=uri-miss; stored");
  }
}
