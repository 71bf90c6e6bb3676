/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.source.SourceUnavailableException;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.RecordingSink;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The source against a real PostgreSQL, and through a proxy that breaks the connection. */
final class PostgresSourceLiveTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(1);
  private static final KeyPayload KEY = new KeyPayload();

  private static Vertx vertx = Vertx.vertx();
  private static TestPostgres.Database database = TestPostgres.shared().createDatabase("live");

  private final RecordingSink sink = new RecordingSink();
  private final AtomicInteger gaps = new AtomicInteger();
  private @Nullable PostgresSource source;

  @BeforeAll
  static void prepare() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void release() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() {
    if (source != null) {
      source.close();
      await().atMost(LIMIT).until(() -> listeners(database).equals("0"));
    }
  }

  private static String listeners(TestPostgres.Database of) {
    return of.query(
        "select count(*) from pg_stat_activity where datname = current_database()"
            + " and application_name = 'sidecache-listener'");
  }

  private PostgresSource start(String url, List<ChannelBinding> bindings) {
    PostgresSource started =
        PostgresSource.create(
            settings(url),
            bindings,
            vertx,
            database.dataSource(),
            System::nanoTime,
            gaps::incrementAndGet);
    source = started;
    sink.onHeartbeat(started::heartbeatApplied);
    started.start(sink);
    return started;
  }

  private PostgresSource startFresh(String url, List<ChannelBinding> bindings) {
    PostgresSource started = start(url, bindings);
    awaitState(started, State.FRESH);
    return started;
  }

  private static PostgresSourceSettings settings(String url) {
    return new PostgresSourceSettings(
        url,
        Optional.of(TestPostgres.Database.USER),
        Optional::empty,
        Duration.ofMillis(200),
        HEARTBEAT_TIMEOUT,
        Duration.ofMillis(20),
        Duration.ofMillis(500),
        Duration.ofSeconds(10),
        true);
  }

  private static void awaitState(PostgresSource of, State state) {
    await().atMost(LIMIT).until(() -> of.status().state() == state);
  }

  private static void complete(CompletionStage<Void> stage) throws Exception {
    stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static Invalidation key(String cache, String key) {
    return new Invalidation.Key(cache, key);
  }

  @Test
  void articlesTrigger_rowsChange_keysArrive() throws Exception {
    database.execute(
        """
        create table products (id bigint primary key, name text);
        create function notify_new_product() returns trigger language plpgsql as $$
        begin
          perform pg_notify('new_product_channel', new.id::text);
          return new;
        end $$;
        create trigger new_product after insert or update on products
          for each row execute function notify_new_product();
        """);
    PostgresSource following =
        startFresh(
            database.url(), List.of(new ChannelBinding("new_product_channel", "products", KEY)));

    database.execute("insert into products values (42, 'a'), (43, 'b')");
    complete(following.barrier());

    assertThat(sink.invalidations()).contains(key("products", "42"), key("products", "43"));
    assertThat(sink.kinds().subList(0, 3)).containsExactly("Changed", "GapClosed", "Heartbeat");
    assertThat(following.status().channels())
        .containsExactly("new_product_channel", "sidecache_heartbeat", "sidecache_invalidation");
    assertThat(following.status().connectedSince()).isPresent();
    assertThat(following.status().disconnectedFor()).isEmpty();
    assertThat(following.status().forgedHeartbeats()).isZero();
  }

  @Test
  void oddChannelNames_notified_eachFeedsItsCache() throws Exception {
    List<String> channels =
        List.of("Capital", "dot.ted", "quo\"ted", "semi;colon", "sp ace", "ünï", "x".repeat(63));
    List<ChannelBinding> bindings = new ArrayList<>();
    for (String channel : channels) {
      bindings.add(new ChannelBinding(channel, "cache-" + channel, KEY));
    }
    PostgresSource following = startFresh(database.url(), bindings);

    for (String channel : channels) {
      database.execute("select pg_notify('" + channel + "', 'k')");
    }
    complete(following.barrier());

    assertThat(sink.invalidations())
        .containsAll(channels.stream().map(name -> key("cache-" + name, "k")).toList());
  }

  @Test
  void oneChannelForTwoCachesAndTwoChannelsForOne_notified_allAreFed() throws Exception {
    PostgresSource following =
        startFresh(
            database.url(),
            List.of(
                new ChannelBinding("both", "first", KEY),
                new ChannelBinding("both", "second", new JsonPayload(List.of("/a", "/b"))),
                new ChannelBinding("other", "first", KEY)));

    database.execute("select pg_notify('both', '{\"a\":1,\"b\":\"x\"}'), pg_notify('other', '9')");
    complete(following.barrier());

    assertThat(sink.invalidations())
        .contains(
            key("first", "{\"a\":1,\"b\":\"x\"}"),
            key("second", "[\"1\",\"x\"]"),
            key("first", "9"));
  }

  @Test
  void emptyPayload_notified_isRejectedNotDropped() throws Exception {
    PostgresSource following =
        startFresh(database.url(), List.of(new ChannelBinding("empty", "products", KEY)));

    database.execute("notify empty");
    complete(following.barrier());

    assertThat(sink.all(SourceSignal.Rejected.class))
        .containsExactly(new SourceSignal.Rejected("empty", "products", "the key is empty"));
  }

  @Test
  void publish_tenThousandNames_allComeBackBeforeItCompletes() throws Exception {
    PostgresSource following = startFresh(database.url(), List.of());
    List<Invalidation> all =
        IntStream.range(0, 10_000)
            .mapToObj(i -> key("products", "a \"key\" number " + i))
            .collect(Collectors.toCollection(ArrayList::new));
    all.add(new Invalidation.Tag("products", "list"));
    all.add(new Invalidation.WholeCache("unknown here"));
    sink.clear();

    complete(following.publish(all));

    assertThat(sink.all(SourceSignal.Changed.class))
        .extracting(SourceSignal.Changed::invalidation)
        .containsExactlyElementsOf(all);
  }

  @Test
  void barrier_heartbeatNotApplied_isNotServed() throws Exception {
    PostgresSource following = startFresh(database.url(), List.of());
    sink.onHeartbeat(heartbeat -> {});

    CompletableFuture<Void> waiting = following.barrier().toCompletableFuture();
    int before = sink.all(SourceSignal.Heartbeat.class).size();
    await().atMost(LIMIT).until(() -> sink.all(SourceSignal.Heartbeat.class).size() > before + 2);
    assertThat(waiting).isNotDone();

    sink.all(SourceSignal.Heartbeat.class).forEach(following::heartbeatApplied);
    waiting.get(20, TimeUnit.SECONDS);
  }

  @Test
  void backend_terminated_gapThenEverythingThenFresh() {
    PostgresSource following = startFresh(database.url(), List.of());
    sink.clear();

    database.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
            + " where datname = current_database() and application_name = 'sidecache-listener'");
    await().atMost(LIMIT).until(() -> sink.kinds().contains("GapClosed"));
    awaitState(following, State.FRESH);

    List<String> kinds = new ArrayList<>(sink.kinds());
    if (kinds.getFirst().equals("Heartbeat")) {
      kinds.removeFirst();
    }
    assertThat(kinds.subList(0, 4))
        .containsExactly("GapOpened", "Changed", "GapClosed", "Heartbeat");
    assertThat(sink.invalidations()).isEqualTo(Set.of(new Invalidation.Everything()));
    assertThat(following.status().reconnects()).isEqualTo(1);
    assertThat(following.status().lastFailure().orElseThrow()).contains("57P01");
    assertThat(gaps).hasValue(1);
  }

  @Test
  void listener_blackholed_gapThenFreshAgain() {
    try (FaultProxy proxy = FaultProxy.to(database.port())) {
      PostgresSource following = startFresh(database.urlThrough(proxy.port()), List.of());
      sink.clear();

      proxy.setMode(FaultProxy.Mode.BLACKHOLE);
      await().atMost(LIMIT).until(() -> sink.kinds().contains("GapOpened"));
      assertThat(sink.all(SourceSignal.GapOpened.class).getFirst().reason())
          .contains("no heartbeat was heard");
      // An attempt into the black hole is given up too, and its socket closed.
      int attempts = proxy.acceptedConnections();
      await().atMost(LIMIT).until(() -> proxy.acceptedConnections() > attempts + 1);
      assertThat(sink.kinds()).doesNotContain("GapClosed");
      await().atMost(LIMIT).until(() -> proxy.openConnections() <= 1);

      proxy.setMode(FaultProxy.Mode.PASS);
      awaitState(following, State.FRESH);
      assertThat(sink.all(SourceSignal.GapOpened.class)).hasSize(1);
      assertThat(sink.all(SourceSignal.GapClosed.class)).hasSize(1);
      following.close();
      await().atMost(LIMIT).until(() -> proxy.openConnections() == 0);
    }
  }

  @Test
  void listener_reset_gapThenFreshAgain() {
    try (FaultProxy proxy = FaultProxy.to(database.port())) {
      PostgresSource following = startFresh(database.urlThrough(proxy.port()), List.of());
      sink.clear();

      proxy.setMode(FaultProxy.Mode.RESET);
      await().atMost(LIMIT).until(() -> sink.kinds().contains("GapOpened"));
      proxy.setMode(FaultProxy.Mode.PASS);
      awaitState(following, State.FRESH);

      assertThat(sink.invalidations()).contains(new Invalidation.Everything());
      following.close();
    }
  }

  @Test
  void listener_stalledTowardsUs_gapThenFreshAgain() {
    try (FaultProxy proxy = FaultProxy.to(database.port())) {
      PostgresSource following = startFresh(database.urlThrough(proxy.port()), List.of());
      sink.clear();

      proxy.setMode(FaultProxy.Mode.STALL_TO_CLIENT);
      await().atMost(LIMIT).until(() -> sink.kinds().contains("GapOpened"));
      proxy.setMode(FaultProxy.Mode.SLOW);
      awaitState(following, State.FRESH);

      assertThat(sink.all(SourceSignal.GapClosed.class)).hasSize(1);
      following.close();
    }
  }

  @Test
  void server_absentThenStartedThenRestarted_recoversByItself() {
    try (TestPostgres server = TestPostgres.start()) {
      TestPostgres.Database own = server.createDatabase("own");
      server.stop();
      source =
          PostgresSource.create(
              settings(own.url()),
              List.of(),
              vertx,
              own.dataSource(),
              System::nanoTime,
              gaps::incrementAndGet);
      PostgresSource following = source;
      following.start(sink);
      await().atMost(LIMIT).until(() -> following.status().lastFailure().isPresent());
      assertThat(sink.signals()).isEmpty();

      server.startAgain();
      awaitState(following, State.FRESH);
      sink.clear();
      server.stop();
      await().atMost(LIMIT).until(() -> sink.kinds().contains("GapOpened"));
      server.startAgain();
      awaitState(following, State.FRESH);

      assertThat(sink.all(SourceSignal.GapOpened.class)).hasSize(1);
      assertThat(following.status().reconnects()).isEqualTo(1);
      following.close();
    }
  }

  @Test
  void sslmodePrefer_serverWithoutTls_leavesNoSocketBehind() {
    try (FaultProxy proxy = FaultProxy.to(database.port())) {
      PostgresSource following =
          startFresh(
              database.urlThrough(proxy.port()).replace("sslmode=disable", "sslmode=prefer"),
              List.of());

      assertThat(proxy.acceptedConnections()).isEqualTo(2);
      await().atMost(LIMIT).until(() -> proxy.openConnections() == 1);
      assertThat(following.status().reconnects()).isZero();
      following.close();
    }
  }

  @Test
  void unknownDatabase_attempts_leaveNoSocketBehind() {
    try (FaultProxy proxy = FaultProxy.to(database.port())) {
      PostgresSource following =
          start(
              database.urlThrough(proxy.port()).replace(database.name(), "no_such_database"),
              List.of());

      await().atMost(LIMIT).until(() -> proxy.acceptedConnections() > 2);
      assertThat(following.status().lastFailure().orElseThrow()).contains("3D000");
      following.close();
      await().atMost(LIMIT).until(() -> proxy.openConnections() == 0);
    }
  }

  @Test
  void heartbeats_forgedByAStranger_areCountedAndIgnored() throws Exception {
    PostgresSource following = startFresh(database.url(), List.of());
    SourceSignal.Heartbeat heard = sink.all(SourceSignal.Heartbeat.class).getFirst();

    database.execute(
        "select pg_notify('sidecache_heartbeat', '"
            + heard.nonce()
            + " 0/1 00000001 1:1:'), pg_notify('sidecache_heartbeat', 'nonsense'),"
            + " pg_notify('sidecache_heartbeat', 'another.instance 0/1 00000001 1:1:')");
    complete(following.barrier());

    assertThat(following.status().forgedHeartbeats()).isEqualTo(2);
    assertThat(sink.all(SourceSignal.Heartbeat.class))
        .extracting(SourceSignal.Heartbeat::nonce)
        .doesNotHaveDuplicates();
  }

  @Test
  void publishing_toAnotherDatabase_isNamedAndNeverFresh() {
    TestPostgres.Database other = TestPostgres.shared().createDatabase("other");
    PostgresSource following = start(other.url(), List.of());

    await().atMost(LIMIT).until(() -> following.status().lastFailure().isPresent());

    assertThat(following.status().lastFailure().orElseThrow())
        .contains("database " + database.name())
        .contains("database " + other.name());
    assertThat(sink.signals()).isEmpty();
    following.close();
    await().atMost(LIMIT).until(() -> listeners(other).equals("0"));
  }

  @Test
  void manyBarriers_atOnce_shareHeartbeats() throws Exception {
    PostgresSource following = startFresh(database.url(), List.of());
    int before = sink.all(SourceSignal.Heartbeat.class).size();

    CompletableFuture<?>[] all =
        IntStream.range(0, 500)
            .mapToObj(i -> following.barrier().toCompletableFuture())
            .toArray(CompletableFuture[]::new);
    CompletableFuture.allOf(all).get(20, TimeUnit.SECONDS);

    assertThat(sink.all(SourceSignal.Heartbeat.class).size() - before).isLessThan(100);
  }

  @Test
  void close_afterVertxWasClosed_leavesNothing() throws Exception {
    Vertx own = Vertx.vertx();
    PostgresSource following =
        PostgresSource.create(
            settings(database.url()),
            List.of(),
            own,
            database.dataSource(),
            System::nanoTime,
            gaps::incrementAndGet);
    source = following;
    following.start(sink);
    awaitState(following, State.FRESH);

    own.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    following.close();

    assertThat(following.status().state()).isEqualTo(State.CLOSED);
  }

  @Test
  void closed_barrierAndPublish_failAtOnce() {
    PostgresSource following = startFresh(database.url(), List.of());

    following.close();
    following.close();

    assertThat(following.status().state()).isEqualTo(State.CLOSED);
    assertThatThrownBy(() -> complete(following.barrier()))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(SourceUnavailableException.class);
    assertThatThrownBy(() -> complete(following.publish(List.of(new Invalidation.Everything()))))
        .hasCauseInstanceOf(SourceUnavailableException.class);
  }
}
