/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.source.Trouble;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.PgBouncerProcess;
import io.sidecache.testing.StandbyFixture;
import io.sidecache.testing.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each fault of the consistency design, on real processes: named, counted, and never fresh. */
final class FaultsLiveTest {
  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("faults");

  private Followed through(FaultProxy proxy) {
    return Followed.listening(database.urlThrough(proxy.port()), database.dataSource());
  }

  private static void neverFresh(Followed followed) {
    assertThat(followed.sink.all(SourceSignal.GapClosed.class)).isEmpty();
    assertThat(followed.sink.all(SourceSignal.Heartbeat.class)).isEmpty();
  }

  /** Breaks a fresh connection, and sees it named, mended, and everything emptied in between. */
  private void broken(FaultProxy.Mode mode, Trouble trouble) throws Exception {
    try (FaultProxy proxy = FaultProxy.to(database.port());
        Followed followed = through(proxy).awaitFresh()) {
      followed.sink.clear();

      proxy.setMode(mode);
      followed.awaitGap();
      assertThat(followed.count(trouble)).isPositive();
      assertThat(followed.source.status().disconnectedFor()).isPresent();
      assertThat(followed.sink.all(SourceSignal.GapOpened.class).getFirst().reason())
          .contains(":" + proxy.port());

      proxy.setMode(FaultProxy.Mode.PASS);
      followed.awaitFresh();
      assertThat(followed.sink.invalidations()).contains(new Invalidation.Everything());
      followed.barrier();
    }
  }

  @Test
  void listener_deaf_isNamed() throws Exception {
    broken(FaultProxy.Mode.STALL_TO_CLIENT, Trouble.DEAF);
  }

  @Test
  void listener_halfOpen_isNamed() throws Exception {
    broken(FaultProxy.Mode.BLACKHOLE, Trouble.DEAF);
  }

  @Test
  void listener_reset_isNamed() throws Exception {
    broken(FaultProxy.Mode.RESET, Trouble.LOST);
  }

  @Test
  void listener_cutInMidMessage_isNamed() throws Exception {
    broken(FaultProxy.Mode.CUT, Trouble.LOST);
  }

  @Test
  void listener_slow_staysFreshAndHearsAll() throws Exception {
    try (FaultProxy proxy = FaultProxy.to(database.port());
        Followed followed = through(proxy).awaitFresh()) {
      proxy.setMode(FaultProxy.Mode.SLOW);
      followed.sink.clear();
      Followed.complete(followed.source.publish(List.of(new Invalidation.Key("c", "k"))));

      assertThat(followed.sink.invalidations()).contains(new Invalidation.Key("c", "k"));
      assertThat(followed.sink.kinds()).doesNotContain("GapOpened");
      assertThat(followed.source.status().state()).isEqualTo(State.FRESH);
    }
  }

  @Test
  void server_stopped_isNamedAndRecovers() throws Exception {
    try (TestPostgres server = TestPostgres.start()) {
      TestPostgres.Database own = server.createDatabase("stopped");
      try (Followed followed = Followed.listening(own.url(), own.dataSource()).awaitFresh()) {
        followed.sink.clear();
        server.signal("STOP");
        try {
          followed.awaitGap();
          assertThat(followed.count(Trouble.DEAF) + followed.count(Trouble.UNSENT)).isPositive();
          assertThat(followed.sink.kinds()).doesNotContain("GapClosed");
        } finally {
          server.signal("CONT");
        }
        followed.awaitFresh();
        assertThat(followed.sink.invalidations()).contains(new Invalidation.Everything());
        followed.barrier();
      }
    }
  }

  @Test
  void listener_onStandby_isNamedAndNeverFresh() {
    try (TestPostgres primary = TestPostgres.start()) {
      TestPostgres.Database own = primary.createDatabase("standby");
      try (StandbyFixture standby = StandbyFixture.of(primary);
          Followed followed = Followed.listening(standby.database(own).url(), own.dataSource())) {
        followed.awaitTrouble(Trouble.STANDBY);
        await()
            .atMost(Followed.LIMIT)
            .until(() -> followed.lastFailure().contains("the server is a standby"));
        neverFresh(followed);
      }
    }
  }

  @Test
  void listener_onAnotherDatabase_isNamedAndNeverFresh() {
    TestPostgres.Database other = TestPostgres.shared().createDatabase("faults_other");
    try (Followed followed = Followed.listening(other.url(), database.dataSource())) {
      followed.awaitTrouble(Trouble.OTHER_SERVER);
      await()
          .atMost(Followed.LIMIT)
          .until(
              () ->
                  followed.lastFailure().contains("database " + database.name())
                      && followed.lastFailure().contains("database " + other.name()));
      neverFresh(followed);
    }
  }

  @Test
  void listener_throughTransactionPooler_isNamedAndNeverFresh() {
    try (PgBouncerProcess bouncer =
            PgBouncerProcess.start(database.port(), PgBouncerProcess.Mode.TRANSACTION);
        Followed followed =
            Followed.listening(
                database.urlThrough(bouncer.port()),
                database.dataSource(),
                List.of(new ChannelBinding("ch", "c", new KeyPayload())))) {
      followed.awaitTrouble(Trouble.POOLER);
      await()
          .atMost(Followed.LIMIT)
          .until(
              () ->
                  followed.lastFailure().contains("a pooler in transaction or statement mode")
                      && followed.lastFailure().contains("channels are configured"));
      neverFresh(followed);
    }
  }

  @Test
  void everythingThroughSessionPooler_worksFully() throws Exception {
    try (PgBouncerProcess bouncer =
        PgBouncerProcess.start(database.port(), PgBouncerProcess.Mode.SESSION)) {
      TestPostgres.Database pooled =
          new TestPostgres.Database(database.host(), bouncer.port(), database.name());
      try (Followed followed =
          Followed.listening(
                  pooled.url(),
                  pooled.dataSource(),
                  List.of(new ChannelBinding("ch", "c", new KeyPayload())))
              .awaitFresh()) {
        database.execute("notify ch, '42'");
        followed.barrier();
        Followed.complete(followed.source.publish(List.of(new Invalidation.Key("c", "43"))));
        assertThat(followed.sink.invalidations())
            .contains(new Invalidation.Key("c", "42"), new Invalidation.Key("c", "43"));
        assertThat(followed.count(Trouble.POOLER)).isZero();

        followed.sink.clear();
        bouncer.restart(PgBouncerProcess.Mode.SESSION);
        followed.awaitGap();
        followed.awaitFresh();
        followed.barrier();
      }
    }
  }

  /** PostgreSQL 17 and later let the queue be small; its default takes 8 GB to fill. */
  @Test
  void notificationQueue_full_isNamedAndRecovers() throws Exception {
    try (TestPostgres server = TestPostgres.start(Map.of("max_notify_queue_pages", "64"))) {
      TestPostgres.Database own = server.createDatabase("queue");
      try (Followed followed = Followed.listening(own.url(), own.dataSource()).awaitFresh();
          Connection wedge = own.dataSource().getConnection();
          Statement statement = wedge.createStatement()) {
        statement.execute("listen wedged");
        wedge.setAutoCommit(false);
        statement.execute("select 1"); // a listener in a transaction reads nothing from the queue
        followed.sink.clear();

        assertThatThrownBy(() -> fillQueue(own))
            .isInstanceOfSatisfying(
                SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("54000"));
        followed.awaitGap();
        followed.awaitTrouble(Trouble.QUEUE_FULL);
        await().atMost(Followed.LIMIT).until(() -> followed.lastFailure().contains("54000"));

        wedge.rollback();
        statement.execute("unlisten *");
        wedge.commit();
        // A full queue is not looked through by NOTIFY; asking for its usage frees what was read
        // (async.c, pg_notification_queue_usage).
        own.query("select pg_notification_queue_usage()");
        followed.awaitFresh();
        followed.barrier();
      }
    }
  }

  private static void fillQueue(TestPostgres.Database database) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < 1_000; i++) {
        statement.execute("select pg_notify('filler', '" + i + "' || repeat('x', 7000))");
      }
    }
  }
}
