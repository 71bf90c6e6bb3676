/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.StandbyFixture;
import io.sidecache.testing.TestPostgres;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Another history of the database: everything is emptied before the source is fresh again. */
final class FailoverLiveTest {
  /** The embedded server's own default loses the newest commits in a crash. */
  private static final Map<String, String> DURABLE = Map.of("synchronous_commit", "on");

  private static TestPostgres.Database attached(TestPostgres server) {
    TestPostgres.Database database = server.createDatabase("failover");
    SidecacheSchema.install(database);
    database.execute(
        "create table item (id bigint primary key, n bigint);"
            + " select sidecache.attach('item', 'items')");
    return database;
  }

  /** A pool as the application has it. */
  static AgroalDataSource pool(String url) throws SQLException {
    return AgroalDataSource.from(
        new AgroalDataSourceConfigurationSupplier()
            .connectionPoolConfiguration(
                pool ->
                    pool.maxSize(5)
                        .acquisitionTimeout(Duration.ofSeconds(3))
                        .connectionFactoryConfiguration(
                            factory ->
                                factory
                                    .jdbcUrl(url)
                                    .jdbcProperty("connectTimeout", "5")
                                    .jdbcProperty("socketTimeout", "5")
                                    .principal(new NamePrincipal(TestPostgres.Database.USER)))));
  }

  /** What came between the opening of the gap and its end. */
  private static void assertEmptiedBeforeFresh(Followed followed) {
    List<String> kinds = followed.sink.kinds();
    assertThat(kinds).containsSubsequence("GapOpened", "Changed", "GapClosed", "Heartbeat");
    int everything =
        followed.sink.signals().stream()
            .map(Object::toString)
            .toList()
            .indexOf("Changed[invalidation=Everything[], position=null]");
    int closed =
        followed.sink.signals().stream()
            .map(signal -> signal.getClass().getSimpleName())
            .toList()
            .indexOf("GapClosed");
    assertThat(everything).isNotNegative().isLessThan(closed);
  }

  @Test
  void standbyPromotedUnderLoad_isFollowedAndEverythingEmptied() throws Exception {
    try (TestPostgres primary = TestPostgres.start(DURABLE)) {
      TestPostgres.Database first = attached(primary);
      try (StandbyFixture standby = StandbyFixture.of(primary)) {
        TestPostgres.Database second = standby.database(first);
        String url =
            "jdbc:postgresql://127.0.0.1:"
                + first.port()
                + ",127.0.0.1:"
                + second.port()
                + "/"
                + first.name()
                + "?sslmode=disable&targetServerType=primary&hostRecheckSeconds=1";
        try (AgroalDataSource pool = pool(url);
            Followed followed =
                Followed.listening(
                        url, pool, List.of(), () -> pool.flush(AgroalDataSource.FlushMode.GRACEFUL))
                    .awaitFresh();
            Writer writer = new Writer(url)) {
          followed.sink.clear();
          writer.awaitProgress();
          followed.barrier();
          assertThat(followed.sink.invalidations()).contains(new Invalidation.Key("items", "1"));

          followed.sink.clear();
          primary.kill();
          followed.awaitGap();
          standby.promote();
          followed.awaitFresh();
          assertEmptiedBeforeFresh(followed);
          assertThat(followed.gaps.get()).isPositive();

          writer.awaitProgress();
          followed.sink.clear();
          second.execute("insert into item values (777, 0)");
          followed.barrier();
          assertThat(followed.sink.invalidations()).contains(new Invalidation.Key("items", "777"));
          assertThat(followed.sink.invalidations()).doesNotContain(new Invalidation.Everything());
        }
      }
    }
  }

  @Test
  void backend_killed_crashRestartEmptiesEverything() throws Exception {
    try (TestPostgres server = TestPostgres.start(DURABLE)) {
      TestPostgres.Database database = attached(server);
      try (Followed followed =
          Followed.listening(database.url(), database.dataSource()).awaitFresh()) {
        followed.sink.clear();
        long victim =
            Long.parseLong(
                database.query(
                    "select pid from pg_stat_activity where backend_type = 'checkpointer'"));
        TestPostgres.signal("KILL", victim);
        followed.awaitGap();
        followed.awaitFresh();
        assertEmptiedBeforeFresh(followed);
        database.execute("insert into item values (1, 0)");
        followed.barrier();
        assertThat(followed.sink.invalidations()).contains(new Invalidation.Key("items", "1"));
      }
    }
  }

  @Test
  void server_stoppedImmediately_restartEmptiesEverything() throws Exception {
    try (TestPostgres server = TestPostgres.start(DURABLE)) {
      TestPostgres.Database database = attached(server);
      try (Followed followed =
          Followed.listening(database.url(), database.dataSource()).awaitFresh()) {
        followed.sink.clear();
        server.kill();
        followed.awaitGap();
        server.stop();
        server.startAgain();
        followed.awaitFresh();
        assertEmptiedBeforeFresh(followed);
      }
    }
  }

  /** Writes all the time to whichever server is the primary. */
  private static final class Writer implements AutoCloseable {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicLong written = new AtomicLong();
    private final Thread thread;

    Writer(String url) throws SQLException {
      AgroalDataSource pool = pool(url);
      thread =
          Thread.ofPlatform()
              .name("writer")
              .start(
                  () -> {
                    try (pool) {
                      while (!stopped.get()) {
                        write(pool);
                      }
                    }
                  });
    }

    private void write(AgroalDataSource pool) {
      try (var connection = pool.getConnection();
          var statement = connection.createStatement()) {
        statement.execute(
            "insert into item values (1, 1) on conflict (id) do update set n = item.n + 1");
        written.incrementAndGet();
      } catch (SQLException e) {
        // The primary is gone; connections to it go as they are found broken.
        pool.flush(AgroalDataSource.FlushMode.IDLE);
      }
    }

    void awaitProgress() {
      long before = written.get();
      await().atMost(Followed.LIMIT).until(() -> written.get() > before + 10);
    }

    @Override
    public void close() {
      stopped.set(true);
      await().atMost(Followed.LIMIT).until(() -> !thread.isAlive());
    }
  }
}
