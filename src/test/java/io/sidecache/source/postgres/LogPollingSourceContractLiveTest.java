/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.source.Trouble;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** The contract, by reading the log; and what only a reader of the log can meet. */
final class LogPollingSourceContractLiveTest extends InvalidationSourceContract {
  @Override
  Followed follow() {
    return Followed.polling(proxied.dataSource());
  }

  @Override
  State proven() {
    return State.POLLING;
  }

  private DataSource as(String role) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(database.url());
    dataSource.setUser(role);
    return dataSource;
  }

  @Test
  void publish_ofEverything_failsSinceTheLogCannotSayIt() {
    assertThat(
            followed.source.publish(List.of(new Invalidation.Everything())).toCompletableFuture())
        .failsWithin(Followed.LIMIT);
  }

  @Test
  void log_droppedAndBack_isNamedAndEverythingEmptied() {
    followed.sink.clear();
    database.execute("alter schema sidecache rename to hidden");
    followed.awaitGap();
    followed.awaitTrouble(Trouble.LOG);
    await()
        .atMost(Followed.LIMIT)
        .until(() -> followed.lastFailure().contains("the database has no log of changes"));
    assertThat(followed.source.status().state()).isNotEqualTo(State.POLLING);
    assertThat(followed.sink.kinds()).doesNotContain("GapClosed");

    database.execute("alter schema hidden rename to sidecache");
    followed.awaitState(State.POLLING);
  }

  @Test
  void log_notReadable_isNamed() {
    database.execute("create role " + database.name() + " login");
    try (Followed stranger = Followed.polling(as(database.name()))) {
      await()
          .atMost(Followed.LIMIT)
          .until(() -> stranger.lastFailure().contains("this role may not read it"));
      assertThat(stranger.count(Trouble.LOG)).isPositive();
      assertThat(stranger.sink.signals()).isEmpty();

      database.execute("grant sidecache_listener to " + database.name());
      stranger.awaitState(State.POLLING);
    }
  }
}
