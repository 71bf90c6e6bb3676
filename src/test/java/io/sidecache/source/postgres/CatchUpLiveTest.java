/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.testing.FaultProxy;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Gaps on a database with the log: what was missed is applied, and nothing else is evicted. */
final class CatchUpLiveTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx();
  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("catchup");
  private final RecordingSink sink = new RecordingSink();
  private final FaultProxy proxy = FaultProxy.to(database.port());
  private PostgresSource source = source(List.of());

  @BeforeEach
  void start() throws IOException {
    try (InputStream script =
        CatchUpLiveTest.class.getResourceAsStream("/db/sidecache/V1__sidecache.sql")) {
      assertThat(script).isNotNull();
      database.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
    }
    database.execute(
        """
        create table item (id bigint primary key, name text);
        select sidecache.attach('item', 'items');
        """);
  }

  @AfterEach
  void stop() throws Exception {
    source.close();
    proxy.close();
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private PostgresSource source(List<ChannelBinding> bindings) {
    return source(bindings, TestPostgres.Database.USER);
  }

  private PostgresSource source(List<ChannelBinding> bindings, String role) {
    PGSimpleDataSource dataSource = new PGSimpleDataSource();
    dataSource.setUrl(database.url());
    dataSource.setUser(role);
    return PostgresSource.create(
        new PostgresSourceSettings(
            database.urlThrough(proxy.port()),
            Optional.of(role),
            Optional::empty,
            Duration.ofMillis(200),
            Duration.ofSeconds(2),
            Duration.ofMillis(20),
            Duration.ofMillis(200),
            Duration.ofSeconds(10),
            true),
        bindings,
        vertx,
        dataSource,
        System::nanoTime,
        () -> {});
  }

  private void startFresh() {
    sink.onHeartbeat(source::heartbeatApplied);
    source.start(sink);
    awaitState(State.FRESH);
  }

  private void awaitState(State state) {
    await().atMost(LIMIT).until(() -> source.status().state() == state);
  }

  private void breakConnection() {
    sink.clear();
    proxy.setMode(FaultProxy.Mode.RESET);
    await().atMost(LIMIT).until(() -> sink.kinds().contains("GapOpened"));
  }

  private void mend() {
    proxy.setMode(FaultProxy.Mode.PASS);
    awaitState(State.FRESH);
  }

  @Test
  void attachedTable_rowsChange_keysArriveLive() throws Exception {
    startFresh();
    sink.clear();
    database.execute("insert into item select g, 'x' from generate_series(1, 3) g");
    source.barrier().toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertThat(sink.invalidations()).contains(key("1"), key("2"), key("3")).hasSize(3);
  }

  @Test
  void attachedTable_manyRowsInOneStatement_allArriveBeforeTheBarrier() throws Exception {
    startFresh();
    sink.clear();
    database.execute("insert into item select g, 'x' from generate_series(1, 9000) g");
    source.barrier().toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertThat(sink.invalidations()).hasSize(9000).contains(key("1"), key("9000"));
  }

  @Test
  void gap_changesMeanwhile_exactlyTheseAreApplied() {
    startFresh();
    breakConnection();
    database.execute("insert into item values (7, 'x')");
    database.execute("insert into item values (8, 'x')");
    mend();
    assertThat(sink.invalidations()).containsExactlyInAnyOrder(key("7"), key("8"));
    assertThat(sink.kinds())
        .containsSubsequence("GapOpened", "Changed", "Changed", "GapClosed", "Heartbeat");
  }

  @Test
  void gap_transactionBegunBeforeAndCommittedWithin_isFound() throws SQLException {
    startFresh();
    try (Connection writer = database.dataSource().getConnection();
        Statement statement = writer.createStatement()) {
      writer.setAutoCommit(false);
      statement.execute("insert into item values (1, 'early id, late commit')");
      database.execute("insert into item values (2, 'late id, early commit')");
      await().atMost(LIMIT).until(() -> sink.invalidations().contains(key("2")));
      breakConnection();
      writer.commit();
    }
    mend();
    assertThat(sink.invalidations()).contains(key("1"));
    assertThat(sink.invalidations()).doesNotContain(new Invalidation.Everything());
  }

  @Test
  void gap_cacheFedByAnotherTrigger_isEmptied() {
    source.close();
    source = source(List.of(new ChannelBinding("other", "others", new KeyPayload())));
    startFresh();
    breakConnection();
    mend();
    assertThat(sink.invalidations()).containsExactly(new Invalidation.WholeCache("others"));
  }

  @Test
  void gap_longerThanRetention_emptiesEverything() {
    startFresh();
    breakConnection();
    database.execute("insert into item values (7, 'x')");
    database.execute("select sidecache.prune('0s')");
    database.execute("select sidecache.prune('0s')");
    mend();
    assertThat(sink.invalidations()).contains(new Invalidation.Everything());
  }

  @Test
  void publish_logInstalled_isFoundInTheLogByThoseWhoWereAway() throws Exception {
    startFresh();
    int before = logged();
    source
        .publish(
            List.of(key("5"), new Invalidation.Tag("items", "g"), new Invalidation.WholeCache("x")))
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
    assertThat(sink.all(SourceSignal.Changed.class))
        .extracting(SourceSignal.Changed::invalidation)
        .contains(key("5"), new Invalidation.Tag("items", "g"), new Invalidation.WholeCache("x"));
    assertThat(logged()).isEqualTo(before + 3);
  }

  private int logged() {
    return Integer.parseInt(database.query("select count(*) from sidecache.invalidation"));
  }

  @Test
  void schemaOfOthers_roleWithoutRights_listensAndPublishesAllTheSame() throws Exception {
    String role = "stranger_" + database.name();
    database.execute("create role " + role + " login");
    source.close();
    source = source(List.of(), role);
    startFresh();
    source.publish(List.of(key("5"))).toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertThat(sink.invalidations()).contains(key("5"));
    breakConnection();
    mend();
    assertThat(sink.invalidations()).containsExactly(new Invalidation.Everything());
    assertThat(logged()).isEqualTo(1); // attach's
  }

  private static Invalidation key(String key) {
    return new Invalidation.Key("items", key);
  }
}
