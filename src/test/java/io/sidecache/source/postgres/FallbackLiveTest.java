/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agroal.api.AgroalDataSource;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.source.Trouble;
import io.sidecache.testing.PgBouncerProcess;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Behind a transaction pooler: the log is read until listening works. */
final class FallbackLiveTest {
  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("fallback");
  private final PgBouncerProcess bouncer =
      PgBouncerProcess.start(database.port(), PgBouncerProcess.Mode.TRANSACTION);

  /** Its connections live on, each with the statements of the driver's cache. */
  @SuppressWarnings("NullAway.Init") // made before each test
  private AgroalDataSource pool;

  @BeforeEach
  void install() {
    SidecacheSchema.install(database);
    database.execute(
        "create table item (id bigint primary key, name text);"
            + " select sidecache.attach('item', 'items')");
  }

  @AfterEach
  void stop() {
    pool.close();
    bouncer.close();
  }

  private static Invalidation key(String key) {
    return new Invalidation.Key("items", key);
  }

  /** As docs/operations.md says: without prepared statements that outlive their transaction. */
  private String pooledUrl() {
    return database.urlThrough(bouncer.port()) + "&prepareThreshold=0";
  }

  @BeforeEach
  void connect() throws SQLException {
    pool = FailoverLiveTest.pool(pooledUrl());
  }

  /** Makes the pooler open backends, which it then hands out in turn. */
  private void severalBackends() throws SQLException {
    try (Connection first = pool.getConnection();
        Connection second = pool.getConnection();
        Connection third = pool.getConnection()) {
      for (Connection each : List.of(first, second, third)) {
        each.setAutoCommit(false);
        try (Statement statement = each.createStatement()) {
          statement.execute("select 1");
        }
      }
    }
  }

  private Followed follow() {
    AgroalDataSource flushed = pool;
    return Followed.listening(
        pooledUrl(), flushed, List.of(), () -> flushed.flush(AgroalDataSource.FlushMode.GRACEFUL));
  }

  @Test
  void transactionPooler_changes_comeFromTheLog() throws Exception {
    severalBackends();
    try (Followed followed = follow().awaitState(State.POLLING)) {
      assertThat(followed.count(Trouble.POOLER)).isPositive();
      assertThat(followed.lastFailure()).contains("a pooler in transaction or statement mode");
      assertThat(followed.sink.kinds().subList(0, 3))
          .containsExactly("Changed", "GapClosed", "Heartbeat");
      followed.sink.clear();

      for (int i = 0; i < 20; i++) {
        database.execute("insert into item values (" + i + ", 'x')");
        followed.barrier();
        assertThat(followed.sink.invalidations()).contains(key(Integer.toString(i)));
      }
      Followed.complete(followed.source.publish(List.of(key("published"))));
      assertThat(followed.sink.invalidations()).contains(key("published"));

      // Further attempts to listen change nothing of that.
      long attempts = followed.count(Trouble.POOLER);
      await().atMost(Followed.LIMIT).until(() -> followed.count(Trouble.POOLER) > attempts + 1);
      assertThat(followed.source.status().state()).isEqualTo(State.POLLING);
      assertThat(followed.sink.kinds()).doesNotContain("GapOpened", "GapClosed");
      assertThat(followed.sink.invalidations()).doesNotContain(new Invalidation.Everything());
    }
  }

  @Test
  void poolerGoesOverToSessionMode_isListenedThroughAndNothingIsMissed() throws Exception {
    try (Followed followed = follow().awaitState(State.POLLING)) {
      followed.barrier();
      followed.sink.clear();
      bouncer.restart(PgBouncerProcess.Mode.SESSION);
      database.execute("insert into item values (1, 'x')");
      followed.awaitFresh();

      // Listening begins with what the log had, or with nothing in memory.
      assertThat(followed.sink.invalidations())
          .containsAnyOf(key("1"), new Invalidation.Everything());
      followed.sink.clear();
      database.execute("insert into item values (2, 'x')");
      followed.barrier();
      assertThat(followed.sink.invalidations()).containsExactly(key("2"));
      assertThat(followed.source.status().channels()).isNotEmpty();

      bouncer.restart(PgBouncerProcess.Mode.TRANSACTION);
      followed.awaitState(State.POLLING);
      followed.sink.clear();
      database.execute("insert into item values (3, 'x')");
      followed.barrier();
      assertThat(followed.sink.invalidations()).contains(key("3"));
    }
  }

  @Test
  void listenerGoesAroundThePooler_gapsAreCaughtUpThroughIt() throws Exception {
    severalBackends();
    try (Followed followed = Followed.listening(database.url(), pool).awaitFresh()) {
      for (int i = 0; i < 8; i++) {
        followed.sink.clear();
        database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
                + " where datname = current_database()"
                + " and application_name = 'sidecache-listener'");
        followed.awaitGap();
        database.execute("insert into item values (" + i + ", 'x')");
        followed.awaitFresh();
        followed.barrier();
        assertThat(followed.sink.invalidations()).containsExactly(key(Integer.toString(i)));
      }
      assertThat(followed.count(Trouble.LOG)).isZero();
    }
  }
}
