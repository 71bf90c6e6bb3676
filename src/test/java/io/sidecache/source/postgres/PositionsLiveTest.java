/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.source.SourceSignal.Changed;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.TestPostgres;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * A change has one position, whether it was heard as it happened, read from the log after a gap, or
 * polled: ids for those outside are made of it.
 */
final class PositionsLiveTest {
  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("positions");

  @Test
  void change_heardOrReadAfterAGapOrPolled_hasTheSamePosition() throws Exception {
    SidecacheSchema.install(database);
    database.execute(
        """
        create table item (id bigint primary key, name text);
        create table quiet (id bigint primary key);
        select sidecache.attach('item', 'items', groups => '{"n-{name}"}');
        select sidecache.attach('quiet', 'silent', notify => false);
        """);
    try (FaultProxy proxy = FaultProxy.to(database.port());
        Followed live = Followed.listening(database.url(), database.dataSource()).awaitFresh();
        Followed away =
            Followed.listening(database.urlThrough(proxy.port()), database.dataSource())
                .awaitFresh();
        Followed polled = Followed.polling(database.dataSource()).awaitState(State.POLLING)) {
      List<Followed> all = List.of(live, away, polled);
      all.forEach(followed -> followed.sink.clear());
      proxy.setMode(FaultProxy.Mode.RESET);
      away.awaitGap();

      // More than fits into a few notifications, so that one who listens reads the log as well.
      database.execute("insert into item select g, 'a' from generate_series(1, 4000) g");
      database.execute("update item set name = 'b' where id = 7");
      database.execute("insert into quiet values (1)");
      database.execute("select sidecache.invalidate('items', '1', '2')");
      database.execute("select sidecache.invalidate_group('items', 'n-a')");
      database.execute("select sidecache.invalidate_all('others')");
      live.barrier();
      polled.barrier();
      proxy.setMode(FaultProxy.Mode.PASS);
      away.awaitFresh();

      await().atMost(Followed.LIMIT).until(() -> changes(live).size() == 4001 + 3 + 1 + 4);
      assertThat(changes(live)).allMatch(change -> change.position() != null);
      assertThat(changes(away)).isEqualTo(changes(live));
      assertThat(changes(polled)).isEqualTo(changes(live));
    }
  }

  private static Set<Changed> changes(Followed followed) {
    return new HashSet<>(followed.sink.all(Changed.class));
  }
}
