/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.source.PositionAheadException;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.testing.RecordingSink;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** Several sidecars on one database where the schema is installed. */
final class FleetLiveTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration INTERVAL = Duration.ofMillis(200);

  private final Vertx vertx = Vertx.vertx();
  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("fleet");
  private final List<PostgresSource> sources = new ArrayList<>();
  private final List<RecordingSink> sinks = new ArrayList<>();

  @BeforeEach
  void install() throws IOException {
    try (InputStream script =
        FleetLiveTest.class.getResourceAsStream("/db/sidecache/V1__sidecache.sql")) {
      assertThat(script).isNotNull();
      database.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
    }
    database.execute("create table item (id bigint primary key, name text)");
  }

  @AfterEach
  void stop() throws Exception {
    sources.forEach(PostgresSource::close);
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private PostgresSource startFresh() {
    PostgresSource source =
        PostgresSource.create(
            new PostgresSourceSettings(
                database.url(),
                Optional.of(TestPostgres.Database.USER),
                Optional::empty,
                INTERVAL,
                Duration.ofSeconds(5),
                Duration.ofMillis(20),
                Duration.ofMillis(200),
                Duration.ofSeconds(10),
                true),
            List.of(),
            vertx,
            database.dataSource(),
            System::nanoTime,
            () -> {});
    RecordingSink sink = new RecordingSink();
    sink.onHeartbeat(source::heartbeatApplied);
    sources.add(source);
    sinks.add(sink);
    source.start(sink);
    await().atMost(LIMIT).until(() -> source.status().state() == State.FRESH);
    return source;
  }

  /** The senders of the next so many heartbeats, as somebody else hears them. */
  private Set<String> senders(int heartbeats) throws SQLException {
    Set<String> senders = new HashSet<>();
    try (Connection listener = database.dataSource().getConnection();
        Statement statement = listener.createStatement()) {
      statement.execute("listen sidecache_heartbeat");
      int heard = 0;
      while (heard < heartbeats) {
        PGNotification[] batch = listener.unwrap(PGConnection.class).getNotifications(20_000);
        assertThat(batch).as("heartbeats go on").isNotEmpty();
        for (PGNotification notification : batch) {
          senders.add(notification.getParameter().split("\\.", 2)[0]);
          heard++;
        }
      }
    }
    return senders;
  }

  @Test
  void fleetOfFive_oneHeartbeatPerInterval_keepsAllFresh() throws SQLException {
    for (int i = 0; i < 5; i++) {
      startFresh();
    }
    senders(2);

    long beganNanos = System.nanoTime();
    senders(20);

    // Each for itself, five would send these in a fifth of the time. A slow machine adds to it.
    assertThat(Duration.ofNanos(System.nanoTime() - beganNanos))
        .isGreaterThan(INTERVAL.multipliedBy(10));
    for (PostgresSource source : sources) {
      assertThat(source.status().state()).isEqualTo(State.FRESH);
      assertThat(source.status().reconnects()).isZero();
      assertThat(source.status().forgedHeartbeats()).isZero();
    }
  }

  @Test
  void fleetOfThree_oneAfterAnotherDies_theLastOneSends() throws SQLException {
    for (int i = 0; i < 3; i++) {
      startFresh();
    }
    sources.get(0).close();
    senders(3);
    sources.get(1).close();
    senders(3); // the last of the closed one may be among these

    assertThat(senders(5)).hasSize(1);
    assertThat(sources.get(2).status().state()).isEqualTo(State.FRESH);
    assertThat(sources.get(2).status().reconnects()).isZero();
  }

  @Test
  void barrier_inAFleet_coversWhatWasWrittenSilently() throws Exception {
    database.execute("select sidecache.attach('item', 'items', notify => false)");
    startFresh();
    PostgresSource source = startFresh();
    for (int i = 0; i < 20; i++) {
      database.execute("insert into item values (" + i + ", 'x')");
      source.barrier().toCompletableFuture().get(20, TimeUnit.SECONDS);
      assertThat(sinks.getLast().invalidations())
          .contains(new Invalidation.Key("items", Integer.toString(i)));
    }
    assertThat(source.status().reconnects()).isZero();
  }

  @Test
  void silentRows_withoutABarrier_reachEveryone() {
    database.execute("select sidecache.attach('item', 'items', notify => false)");
    startFresh();
    startFresh();
    startFresh();
    database.execute("insert into item values (7, 'x')");
    for (RecordingSink sink : sinks) {
      await()
          .atMost(LIMIT)
          .until(() -> sink.invalidations().contains(new Invalidation.Key("items", "7")));
    }
  }

  @Test
  void await_afterACommit_coversIt() throws Exception {
    database.execute("select sidecache.attach('item', 'items')");
    PostgresSource source = startFresh();
    for (int i = 0; i < 20; i++) {
      database.execute("insert into item values (" + i + ", 'x')");
      String lsn = database.query("select pg_current_wal_insert_lsn()");
      source.await(Position.parseLsn(lsn)).toCompletableFuture().get(20, TimeUnit.SECONDS);
      assertThat(sinks.getLast().invalidations())
          .contains(new Invalidation.Key("items", Integer.toString(i)));
    }
  }

  @Test
  void await_locationNotWritten_fails() {
    PostgresSource source = startFresh();

    assertThat(source.await(Position.parseLsn("FFFF/0")).toCompletableFuture())
        .failsWithin(LIMIT)
        .withThrowableThat()
        .withCauseInstanceOf(PositionAheadException.class);
  }
}
