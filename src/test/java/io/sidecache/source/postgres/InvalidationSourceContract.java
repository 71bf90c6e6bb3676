/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.PositionAheadException;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.source.SourceUnavailableException;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.TestPostgres;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link InvalidationSource} of a database with a log keeps. */
abstract class InvalidationSourceContract {
  final TestPostgres.Database database = TestPostgres.shared().createDatabase("contract");
  final FaultProxy proxy = FaultProxy.to(database.port());

  /** The same database through the proxy. */
  final TestPostgres.Database proxied =
      new TestPostgres.Database(database.host(), proxy.port(), database.name());

  @SuppressWarnings("NullAway.Init") // made before each test
  Followed followed;

  /** Follows the database through the proxy. */
  abstract Followed follow();

  /** What its state is once all is proven fresh. */
  abstract State proven();

  @BeforeEach
  void start() throws Exception {
    SidecacheSchema.install(database);
    database.execute(
        "create table item (id bigint primary key, name text);"
            + " select sidecache.attach('item', 'items')");
    followed = follow().awaitState(proven());
    followed.barrier();
  }

  @AfterEach
  void stop() {
    followed.close();
    proxy.close();
  }

  private static Invalidation key(String key) {
    return new Invalidation.Key("items", key);
  }

  @Test
  void start_firstOfAll_emptiesEverythingThenClosesTheGap() {
    assertThat(followed.sink.kinds().subList(0, 3))
        .containsExactly("Changed", "GapClosed", "Heartbeat");
    assertThat(followed.sink.invalidations()).containsExactly(new Invalidation.Everything());
    assertThat(followed.source.status().connectedSince()).isPresent();
    assertThat(followed.source.status().disconnectedFor()).isEmpty();
    assertThat(followed.source.status().lastHeartbeatAge()).isPresent();
  }

  @Test
  void change_committedBeforeABarrier_isGivenBeforeItCompletes() throws Exception {
    followed.sink.clear();
    database.execute("insert into item select g, 'x' from generate_series(1, 2500) g");
    followed.barrier();
    assertThat(followed.sink.invalidations()).hasSize(2500).contains(key("1"), key("2500"));
  }

  @Test
  void change_nobodyAsks_comesByItself() {
    followed.sink.clear();
    database.execute("insert into item values (5, 'x')");
    await().atMost(Followed.LIMIT).until(() -> followed.sink.invalidations().contains(key("5")));
  }

  @Test
  void change_rolledBack_neverComes() throws Exception {
    followed.sink.clear();
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("insert into item values (6, 'x')");
      connection.rollback();
    }
    followed.barrier();
    assertThat(followed.sink.invalidations()).isEmpty();
  }

  @Test
  void transactions_committingOutOfOrder_allCome() throws Exception {
    followed.sink.clear();
    try (Connection early = database.dataSource().getConnection();
        Statement statement = early.createStatement()) {
      early.setAutoCommit(false);
      statement.execute("insert into item values (1, 'early id, late commit')");
      database.execute("insert into item values (2, 'late id, early commit')");
      followed.barrier();
      assertThat(followed.sink.invalidations()).containsExactly(key("2"));
      early.commit();
    }
    followed.barrier();
    assertThat(followed.sink.invalidations()).contains(key("1"));
  }

  @Test
  void publish_ofEachKind_comesBackBeforeItCompletesAndStandsInTheLog() throws Exception {
    followed.sink.clear();
    int before = logged();
    List<Invalidation> all =
        List.of(
            key("a"),
            key("b"),
            new Invalidation.Tag("items", "g"),
            new Invalidation.WholeCache("whole"));
    Followed.complete(followed.source.publish(all));
    assertThat(followed.sink.invalidations()).isEqualTo(Set.copyOf(all));
    assertThat(logged()).isEqualTo(before + 3);
  }

  private int logged() {
    return Integer.parseInt(database.query("select count(*) from sidecache.invalidation"));
  }

  @Test
  void publish_ofNothing_completes() throws Exception {
    Followed.complete(followed.source.publish(List.of()));
  }

  @Test
  void await_ofOnesOwnCommit_completesWithItApplied() throws Exception {
    followed.sink.clear();
    database.execute("insert into item values (9, 'x')");
    long lsn = Position.parseLsn(database.query("select pg_current_wal_insert_lsn()::text"));
    Followed.complete(followed.source.await(lsn));
    assertThat(followed.sink.invalidations()).contains(key("9"));
  }

  @Test
  void await_ofALocationNotWritten_failsAsAhead() throws Exception {
    long lsn = Position.parseLsn(database.query("select pg_current_wal_insert_lsn()::text"));
    assertThatThrownBy(() -> Followed.complete(followed.source.await(lsn + (1L << 40))))
        .hasCauseInstanceOf(PositionAheadException.class);
  }

  @Test
  void barriers_manyAtOnce_shareHeartbeats() throws Exception {
    followed.sink.clear();
    CompletableFuture<?>[] all =
        IntStream.range(0, 500)
            .mapToObj(i -> followed.source.barrier().toCompletableFuture())
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(all).get(20, TimeUnit.SECONDS);
    assertThat(followed.sink.all(SourceSignal.Heartbeat.class)).hasSizeBetween(1, 100);
  }

  @Test
  void heartbeats_snapshots_seeWhatWasCommittedBefore() throws Exception {
    String before = database.query("select pg_current_snapshot()::text");
    followed.sink.clear();
    followed.barrier();
    assertThat(
            database.query(
                "select pg_snapshot_xmax('"
                    + followed.sink.all(SourceSignal.Heartbeat.class).getLast().snapshot()
                    + "') >= pg_snapshot_xmin('"
                    + before
                    + "')"))
        .isEqualTo("t");
    assertThat(followed.sink.all(SourceSignal.Heartbeat.class))
        .extracting(SourceSignal.Heartbeat::nonce)
        .doesNotHaveDuplicates();
  }

  @Test
  void gap_changesMeanwhile_exactlyTheseAreGiven() throws Exception {
    followed.sink.clear();
    proxy.setMode(FaultProxy.Mode.RESET);
    followed.awaitGap();
    database.execute("insert into item values (7, 'x')");
    assertThat(followed.sink.kinds()).doesNotContain("GapClosed");
    proxy.setMode(FaultProxy.Mode.PASS);
    followed.awaitState(proven());
    followed.barrier();
    assertThat(followed.sink.invalidations()).containsExactly(key("7"));
    assertThat(followed.sink.kinds())
        .containsSubsequence("GapOpened", "Changed", "GapClosed", "Heartbeat");
    assertThat(followed.gaps.get()).isPositive();
    assertThat(followed.source.status().lastFailure()).isPresent();
  }

  @Test
  void gap_longerThanRetention_emptiesEverything() {
    followed.sink.clear();
    proxy.setMode(FaultProxy.Mode.RESET);
    followed.awaitGap();
    database.execute("insert into item values (7, 'x')");
    database.execute("select sidecache.prune('0s')");
    database.execute("select sidecache.prune('0s')");
    proxy.setMode(FaultProxy.Mode.PASS);
    followed.awaitState(proven());
    assertThat(followed.sink.invalidations()).contains(new Invalidation.Everything());
  }

  @Test
  void start_twice_isRefused() {
    assertThatThrownBy(() -> followed.source.start(followed.sink))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closed_barrierAndPublish_failAtOnce() {
    followed.source.close();
    followed.source.close();
    assertThat(followed.source.status().state()).isEqualTo(State.CLOSED);
    assertThatThrownBy(followed::barrier).hasCauseInstanceOf(SourceUnavailableException.class);
    assertThatThrownBy(() -> Followed.complete(followed.source.publish(List.of(key("1")))))
        .hasCauseInstanceOf(SourceUnavailableException.class);
  }
}
