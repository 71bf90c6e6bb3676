/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.source.PositionAheadException;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.source.SourceUnavailableException;
import io.sidecache.source.Trouble;
import io.sidecache.testing.HandDrivenTime;
import io.sidecache.testing.RecordingSink;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The source's states, with connections, server and time in the test's hands. */
final class PostgresSourceTest {
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(3);
  private static final Duration RECONNECT_MAX = Duration.ofSeconds(10);
  private static final Duration BARRIER_TIMEOUT = Duration.ofSeconds(2);
  private static final ServerIdentity IDENTITY = new ServerIdentity("d", 5, "1.5", 1);

  private final HandDrivenTime time = new HandDrivenTime();
  private final RecordingSink sink = new RecordingSink();
  private final List<FakeConnection> connections = new ArrayList<>();
  private final FakeServer server = new FakeServer();
  private final List<String> gaps = new ArrayList<>();
  private final List<String> released = new ArrayList<>();
  private double random;
  private final FakeLog log = new FakeLog();
  private final PostgresSource source = source("jdbc:postgresql://h1/d");

  /** A connection that does what the test says. */
  private final class FakeConnection implements ListenConnection {
    private final ListenerAddress.Host host;
    private final Events events;
    private @Nullable List<String> channels;
    private boolean aborted;
    private boolean unlistened;

    FakeConnection(ListenerAddress.Host host, Events events) {
      this.host = host;
      this.events = events;
    }

    @Override
    public void listen(List<String> wanted) {
      channels = wanted;
    }

    @Override
    public void unlisten() {
      unlistened = true;
    }

    @Override
    public void abort() {
      aborted = true;
    }

    void probe() {
      events.probed(new ServerProbe(1, 1, IDENTITY));
    }

    void listenNow() {
      probe();
      events.listening();
    }

    void hear(String nonce) {
      hear(nonce, server.lsns.getOrDefault(nonce, 0L));
    }

    void hear(String nonce, long lsn) {
      String text = nonce + " " + Position.lsnText(lsn) + " 00000001 10:10:";
      events.notified(
          OwnChannels.HEARTBEAT, server.key == null ? text : text + " " + server.key.sign(text));
    }
  }

  /** A server that keeps what is sent to it. */
  private static final class FakeServer implements Server {
    private final List<String> nonces = new ArrayList<>();
    private final Map<String, Long> lsns = new HashMap<>();
    private final List<Optional<Cursor>> looks = new ArrayList<>();
    private final List<Invalidation> silentRows = new ArrayList<>();
    private long lsn = 0x16_B374D848L;
    private int xid = 5;
    private @Nullable FleetKey key;
    private Look.Installed installed = Look.Installed.NOTHING;
    private boolean silent;
    private boolean pruned;
    private String history = "history";
    private double queueUsage;
    private final List<String> payloads = new ArrayList<>();
    private final List<Optional<Cursor>> cursors = new ArrayList<>();
    private final List<Invalidation> missed = new ArrayList<>();
    private CaughtUp.Outcome outcome = new CaughtUp.Outcome.Unknown("test");
    private ServerIdentity identity = IDENTITY;
    private @Nullable SQLException failure;
    private @Nullable SQLException catchUpFailure;
    private Runnable beforeReturn = () -> {};

    @Override
    public Look look(
        Optional<Cursor> since,
        Look.Rows rows,
        Supplier<Optional<String>> nonce,
        Consumer<SourceSignal.Changed> changes)
        throws SQLException {
      return look(since, nonce, changes);
    }

    private Look look(
        Optional<Cursor> since,
        Supplier<Optional<String>> nonce,
        Consumer<SourceSignal.Changed> changes)
        throws SQLException {
      looks.add(since);
      if (failure != null) {
        throw failure;
      }
      lsn++;
      Optional<String> sent = nonce.get();
      sent.ifPresent(nonces::add);
      sent.ifPresent(text -> lsns.put(text, lsn));
      Look look = look();
      silentRows.forEach(row -> changes.accept(new SourceSignal.Changed(row, null)));
      beforeReturn.run();
      return look;
    }

    @Override
    public Look publish(
        List<Invalidation> sent,
        Optional<Cursor> since,
        Supplier<Optional<String>> nonce,
        Consumer<SourceSignal.Changed> changes)
        throws SQLException {
      payloads.addAll(InvalidationPayload.write(sent));
      return look(since, nonce, changes);
    }

    private Look look() {
      return new Look(
          identity,
          new Cursor(history, xid + ":" + xid++ + ":"),
          new Position(1, 0, lsn),
          queueUsage,
          installed,
          silent,
          pruned);
    }

    @Override
    public CaughtUp catchUp(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes)
        throws SQLException {
      cursors.add(since);
      if (catchUpFailure != null) {
        throw catchUpFailure;
      }
      missed.forEach(row -> changes.accept(new SourceSignal.Changed(row, null)));
      lsn++;
      return new CaughtUp(look(), outcome, Optional.ofNullable(key));
    }

    @Override
    public void readTransaction(LogReference reference, Consumer<Invalidation> changes)
        throws SQLException {
      if (catchUpFailure != null) {
        throw catchUpFailure;
      }
      missed.forEach(changes);
    }

    String last() {
      return nonces.getLast();
    }
  }

  /** A log that nobody could read. */
  private static final class FakeLog implements PolledServer {
    private int polls;

    @Override
    public Polled poll(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes)
        throws SQLException {
      polls++;
      throw new SQLException("no log", "42P01");
    }

    @Override
    public void record(List<Invalidation> invalidations) {
      throw new UnsupportedOperationException("not asked for");
    }
  }

  private PostgresSource source(String url) {
    return source(url, TIMEOUT);
  }

  private PostgresSource source(String url, Duration timeout) {
    PostgresSource made =
        new PostgresSource(
            new PostgresSourceSettings(
                url,
                Optional.of("u"),
                Optional::empty,
                INTERVAL,
                timeout,
                Duration.ofMillis(100),
                RECONNECT_MAX,
                BARRIER_TIMEOUT,
                true),
            new Link.Parts(
                (host, events) -> {
                  FakeConnection connection = new FakeConnection(host, events);
                  connections.add(connection);
                  return connection;
                },
                server,
                new Heartbeats(time),
                new NotificationReader(
                    List.of(new ChannelBinding("ch", "products", new KeyPayload())), time),
                (delay, task) -> time.schedule(delay, task)::run,
                time,
                time,
                () -> Instant.EPOCH,
                () -> gaps.add("gap")),
            log,
            new Backoff(Duration.ofMillis(100), RECONNECT_MAX, () -> Math.nextDown(1.0)),
            () -> random,
            () -> released.add("released"));
    sink.onHeartbeat(made::heartbeatApplied);
    return made;
  }

  private FakeConnection connection() {
    return connections.getLast();
  }

  private State state() {
    return source.status().state();
  }

  private void start(PostgresSource started) {
    started.start(sink);
    time.advance(Duration.ZERO);
  }

  private FakeConnection startListening() {
    start(source);
    connection().listenNow();
    return connection();
  }

  private FakeConnection startFresh() {
    FakeConnection connection = startListening();
    time.runWork();
    connection.hear(server.last());
    assertThat(state()).isEqualTo(State.FRESH);
    return connection;
  }

  private void reconnect() {
    time.advance(Duration.ofMillis(100));
    connection().listenNow();
    time.runWork();
    connection().hear(server.last());
  }

  /** Whatever a test did: nothing may claim to be fresh inside a gap. */
  @AfterEach
  void everyHeartbeat_standsOutsideOfGaps() {
    // A test that cleared the sink on the way may have done so outside of a gap.
    boolean open =
        sink.signals().stream()
            .filter(s -> s instanceof SourceSignal.GapOpened || s instanceof SourceSignal.GapClosed)
            .findFirst()
            .map(SourceSignal.GapClosed.class::isInstance)
            .orElse(state() != State.FRESH);
    for (SourceSignal signal : sink.signals()) {
      switch (signal) {
        case SourceSignal.GapOpened _ -> {
          assertThat(open).isFalse();
          open = true;
        }
        case SourceSignal.GapClosed _ -> {
          assertThat(open).isTrue();
          open = false;
        }
        case SourceSignal.Heartbeat _ -> assertThat(open).isFalse();
        case SourceSignal.Changed _, SourceSignal.Rejected _ -> {}
      }
    }
    assertThat(time.scheduledTasks()).isLessThan(50);
  }

  @Test
  void unstarted_isNew() {
    assertThat(state()).isEqualTo(State.NEW);
    assertThat(connections).isEmpty();
  }

  @Test
  void start_twice_isRefused() {
    source.start(sink);

    assertThatIllegalStateException().isThrownBy(() -> source.start(sink));
  }

  @Test
  void firstConnection_listens_everythingThenGapClosedThenHeartbeat() {
    start(source);
    assertThat(state()).isEqualTo(State.CONNECTING);
    time.advance(Duration.ofMillis(10));
    connection().probe();
    assertThat(connection().channels)
        .containsExactly("ch", "sidecache_heartbeat", "sidecache_invalidation");
    assertThat(sink.signals()).isEmpty();

    connection().events.listening();
    assertThat(state()).isEqualTo(State.CONNECTING);
    assertThat(sink.signals()).isEmpty();
    time.runWork();
    assertThat(state()).isEqualTo(State.LISTENING);
    time.advance(Duration.ofMillis(5));
    connection().hear(server.last());

    assertThat(state()).isEqualTo(State.FRESH);
    assertThat(sink.kinds()).containsExactly("Changed", "GapClosed", "Heartbeat");
    assertThat(sink.all(SourceSignal.GapClosed.class).getFirst().length())
        .isEqualTo(Duration.ofMillis(10));
    SourceSignal.Heartbeat heartbeat = sink.all(SourceSignal.Heartbeat.class).getFirst();
    assertThat(heartbeat.position().lsnText()).isEqualTo(Position.lsnText(server.lsn));
    assertThat(heartbeat.sentNanos()).isEqualTo(time.getAsLong() - 5_000_000);
    assertThat(source.status().lag()).contains(Duration.ofMillis(5));
    assertThat(source.status().reconnects()).isZero();
    assertThat(gaps).isEmpty();
  }

  @Test
  void notification_ofAChannel_isDecoded() {
    FakeConnection connection = startFresh();

    connection.events.notified("ch", "42");
    connection.events.notified("ch", "");
    connection.events.notified("unknown", "42");
    connection.events.notified(
        OwnChannels.INVALIDATION, "{\"v\":1,\"i\":[{\"cache\":\"x\",\"group\":\"g\"}]}");
    connection.events.notified(OwnChannels.INVALIDATION, "nonsense");

    List<SourceSignal> signals = sink.signals();
    assertThat(signals.subList(3, signals.size()))
        .containsExactly(
            new SourceSignal.Changed(new Invalidation.Key("products", "42"), null),
            new SourceSignal.Rejected("ch", "products", "the key is empty"),
            new SourceSignal.Changed(new Invalidation.Tag("x", "g"), null),
            new SourceSignal.Changed(new Invalidation.Everything(), null));
  }

  @Test
  void heartbeats_keepComing_staysFresh() {
    FakeConnection connection = startFresh();

    for (int i = 0; i < 100; i++) {
      time.advance(INTERVAL);
      time.runWork();
      connection.hear(server.last());
    }

    assertThat(state()).isEqualTo(State.FRESH);
    assertThat(connections).hasSize(1);
    assertThat(sink.all(SourceSignal.Heartbeat.class)).hasSize(101);
  }

  @Test
  void connection_lost_gapOpensOnceAndEverythingComesBeforeFresh() {
    FakeConnection old = startFresh();
    sink.clear();

    time.advance(TIMEOUT.minusMillis(1));
    old.events.lost("reset");
    old.events.lost("again");
    time.runWork();

    assertThat(state()).isEqualTo(State.BACKOFF);
    assertThat(old.aborted).isTrue();
    assertThat(sink.kinds()).containsExactly("GapOpened");
    assertThat(sink.all(SourceSignal.GapOpened.class).getFirst().reason())
        .isEqualTo("h1:5432: reset");
    assertThat(gaps).hasSize(1);
    assertThat(source.status().disconnectedFor()).contains(Duration.ZERO);

    reconnect();

    assertThat(sink.kinds()).containsExactly("GapOpened", "Changed", "GapClosed", "Heartbeat");
    assertThat(source.status().reconnects()).isEqualTo(1);
    assertThat(source.status().disconnectedFor()).isEmpty();
  }

  @Test
  void listener_deaf_gapOpensAfterTheTimeout() {
    FakeConnection connection = startFresh();

    time.advance(TIMEOUT.minusNanos(1));
    time.runWork();
    assertThat(state()).isEqualTo(State.FRESH);
    time.advance(Duration.ofNanos(1));

    assertThat(state()).isEqualTo(State.BACKOFF);
    assertThat(connection.aborted).isTrue();
    assertThat(sink.all(SourceSignal.GapOpened.class).getFirst().reason())
        .contains("no heartbeat was heard for 3000 ms");
  }

  @Test
  void listener_deafFromTheStart_gapOpensAndTheWaitGrows() {
    startListening();
    for (int i = 0; i < 6; i++) {
      time.advance(TIMEOUT);
      assertThat(state()).isEqualTo(State.BACKOFF);
      time.advance(Duration.ofMillis(100L << i));
      connection().listenNow();
    }

    assertThat(connections).hasSize(7);
    assertThat(sink.kinds()).doesNotContain("Heartbeat");
  }

  @Test
  void heartbeat_olderThanTheTimeout_isABarrierButNotFresh() {
    FakeConnection connection = startListening();
    time.runWork();
    String slow = server.last();

    time.advance(TIMEOUT.minusNanos(1));
    time.runWork();
    assertThat(server.nonces).hasSizeGreaterThan(1);
    connection.hear(server.nonces.get(1));
    time.advance(Duration.ofNanos(2));
    connection.hear(slow);

    assertThat(sink.all(SourceSignal.Heartbeat.class)).hasSize(2);
    time.advance(TIMEOUT.minusNanos(2));
    assertThat(state()).isEqualTo(State.BACKOFF);
  }

  @Test
  void heartbeat_cannotBeSent_reasonIsNamed() {
    startFresh();
    server.failure = new SQLException("pool is\nempty", "08001");
    time.advance(INTERVAL);
    time.runWork();
    assertThat(source.status().lastFailure())
        .contains("a heartbeat could not be sent: SQLSTATE 08001, pool is");

    time.advance(TIMEOUT);

    assertThat(sink.all(SourceSignal.GapOpened.class).getFirst().reason())
        .contains("could not be sent: SQLSTATE 08001, pool is");
  }

  @Test
  void heartbeat_stillBeingSent_noSecondOneIs() {
    startFresh();

    time.advance(Duration.ofMillis(2_500));

    assertThat(time.waitingWork()).isEqualTo(1);
  }

  @Test
  void oldConnection_speaksUp_isIgnored() {
    FakeConnection old = startFresh();
    time.advance(INTERVAL);
    time.runWork();
    String oldNonce = server.last();
    old.events.lost("reset");
    time.advance(Duration.ofMillis(100));
    FakeConnection current = connection();
    sink.clear();

    old.hear(oldNonce);
    old.events.notified("ch", "1");
    old.events.probed(new ServerProbe(1, 1, IDENTITY));
    old.events.listening();
    old.events.lost("again");

    assertThat(sink.signals()).isEmpty();
    assertThat(connection()).isSameAs(current);
    assertThat(state()).isEqualTo(State.CONNECTING);
    assertThat(current.aborted).isFalse();
  }

  @Test
  void heartbeat_beforeListening_isNotPassedOn() {
    FakeConnection old = startFresh();
    time.advance(INTERVAL);
    time.runWork();
    String early = server.last();
    old.events.lost("reset");
    time.advance(Duration.ofMillis(100));
    connection().probe();
    sink.clear();

    connection().hear(early);
    connection().events.notified("ch", "7");
    connection().events.listening();
    connection().hear(early);
    time.runWork();

    assertThat(sink.kinds()).containsExactly("Changed", "Changed", "GapClosed");
    assertThat(state()).isEqualTo(State.LISTENING);
  }

  @Test
  void heartbeat_forged_isCountedAndProvesNothing() {
    FakeConnection connection = startFresh();
    String heard = server.last();
    String prefix = heard.substring(0, heard.indexOf('.') + 1);
    time.advance(INTERVAL);
    time.runWork();

    connection.hear(heard);
    connection.hear(prefix + "00000000000000000000000000000000");
    connection.events.notified(OwnChannels.HEARTBEAT, "nonsense");
    connection.events.notified(OwnChannels.HEARTBEAT, server.last() + " x 00000001 1:1:");
    connection.events.notified(OwnChannels.HEARTBEAT, server.last() + " 0/1 00000000 1:1:");
    connection.hear("somebody.else");

    assertThat(source.status().forgedHeartbeats()).isEqualTo(5);
    assertThat(sink.all(SourceSignal.Heartbeat.class)).hasSize(1);
    time.advance(TIMEOUT.minus(INTERVAL));
    assertThat(state()).isEqualTo(State.BACKOFF);
  }

  @Test
  void serverAbsent_atStart_triesOnWithoutSignals() {
    start(source);
    long expectedMillis = 100;
    for (int i = 0; i < 20; i++) {
      connection().events.lost("refused");
      assertThat(state()).isEqualTo(State.BACKOFF);
      int before = connections.size();
      time.advance(Duration.ofMillis(Math.min(expectedMillis, 10_000) - 1));
      time.advance(Duration.ofMillis(1));
      assertThat(connections).hasSize(before + 1);
      expectedMillis *= 2;
    }
    assertThat(sink.signals()).isEmpty();
    assertThat(source.status().lastFailure()).contains("h1:5432: refused");
    assertThat(source.status().sinceProgress()).isLessThan(Duration.ofMillis(1));

    connection().listenNow();
    time.runWork();
    connection().hear(server.last());

    assertThat(state()).isEqualTo(State.FRESH);
    assertThat(sink.kinds()).containsExactly("Changed", "GapClosed", "Heartbeat");
  }

  @Test
  void connect_neverAnswers_isGivenUpAfterTheTimeout() {
    start(source);
    FakeConnection silent = connection();

    time.advance(TIMEOUT);

    assertThat(silent.aborted).isTrue();
    assertThat(state()).isEqualTo(State.BACKOFF);
    assertThat(source.status().lastFailure().orElseThrow()).contains("no answer within 3000 ms");
  }

  @Test
  void standby_isRefusedAndTheNextHostTried() {
    PostgresSource twoHosts = source("jdbc:postgresql://h1,h2:7/d");
    start(twoHosts);
    FakeConnection standby = connection();
    standby.events.probed(new ServerProbe(1, 1, null));

    assertThat(standby.aborted).isTrue();
    assertThat(standby.channels).isNull();
    assertThat(connections).hasSize(2);
    assertThat(connection().host).isEqualTo(new ListenerAddress.Host("h2", 7));
    connection().events.lost("refused");

    assertThat(twoHosts.status().state()).isEqualTo(State.BACKOFF);
    assertThat(twoHosts.status().lastFailure())
        .contains("h1:5432: the server is a standby, which cannot LISTEN; h2:7: refused");
    time.advance(Duration.ofMillis(100));
    assertThat(connection().host).isEqualTo(new ListenerAddress.Host("h1", 5432));
  }

  @Test
  void pooler_nothingHeard_isRefusedByNameAndAskedToForgetUs() {
    start(source);
    FakeConnection pooled = connection();
    pooled.events.probed(new ServerProbe(1, 2, IDENTITY));
    pooled.events.listening();
    time.runWork();
    time.advance(TIMEOUT);

    assertThat(pooled.unlistened).isTrue();
    assertThat(source.status().lastTrouble()).contains(Trouble.POOLER);
    assertThat(source.status().lastFailure().orElseThrow())
        .contains("a pooler in transaction or statement mode");
    assertThat(sink.signals()).isEmpty();
    // A channel is configured, and what it says is in no log.
    assertThat(log.polls).isZero();
    assertThat(source.status().lastFailure().orElseThrow()).contains("channels are configured");
  }

  @Test
  void pooler_heartbeatHeard_isListenedThrough() {
    start(source);
    FakeConnection pooled = connection();
    pooled.events.probed(new ServerProbe(1, 2, IDENTITY));
    pooled.events.listening();
    time.runWork();
    pooled.hear(server.last());
    assertThat(sink.signals()).isEmpty();
    time.runWork();
    pooled.hear(server.last());

    assertThat(state()).isEqualTo(State.FRESH);
    assertThat(sink.kinds()).containsExactly("Changed", "GapClosed", "Heartbeat");
  }

  @Test
  void pool_leadsElsewhere_gapIsNamed() {
    startFresh();
    server.identity = new ServerIdentity("other", 6, "1.5", 1);
    time.advance(INTERVAL);
    time.runWork();

    assertThat(state()).isEqualTo(State.BACKOFF);
    assertThat(sink.all(SourceSignal.GapOpened.class).getFirst().reason())
        .contains("database other")
        .contains("database d ");
  }

  @Test
  void pool_leadsElsewhereFromTheStart_isNeverListening() {
    server.identity = new ServerIdentity("other", 6, "1.5", 1);
    startListening();
    time.runWork();

    assertThat(state()).isEqualTo(State.BACKOFF);
    assertThat(source.status().lastFailure().orElseThrow())
        .contains("database other")
        .contains("database d ");
    assertThat(sink.signals()).isEmpty();
  }

  @Test
  void gap_coveredByTheLog_appliesWhatWasMissedAndEmptiesWhatTriggersOfOthersFeed() {
    FakeConnection connection = startFresh();
    assertThat(server.cursors).containsExactly(Optional.empty());
    server.outcome = new CaughtUp.Outcome.Complete(1);
    server.missed.add(new Invalidation.Key("orders", "7"));
    sink.clear();

    connection.events.lost("reset");
    reconnect();

    assertThat(server.cursors)
        .as("the snapshot of the last heartbeat that was heard")
        .last()
        .isEqualTo(Optional.of(new Cursor("history", "6:6:")));
    assertThat(sink.signals().subList(1, 4))
        .containsExactly(
            new SourceSignal.Changed(new Invalidation.Key("orders", "7"), null),
            new SourceSignal.Changed(new Invalidation.WholeCache("products"), null),
            sink.all(SourceSignal.GapClosed.class).getFirst());
    assertThat(sink.kinds())
        .containsExactly("GapOpened", "Changed", "Changed", "GapClosed", "Heartbeat");
  }

  @Test
  void notification_refersToTheLog_heartbeatsBehindItWaitUntilItIsRead() {
    FakeConnection connection = startFresh();
    time.advance(INTERVAL);
    time.runWork();
    String behind = server.last();
    server.missed.add(new Invalidation.Key("orders", "7"));
    sink.clear();

    connection.events.notified(
        OwnChannels.INVALIDATION, "{\"v\":1,\"log\":\"765\",\"cache\":\"orders\"}");
    connection.hear(behind);
    assertThat(sink.signals()).isEmpty();
    time.runWork();

    assertThat(sink.kinds()).containsExactly("Changed", "Heartbeat");
    assertThat(sink.all(SourceSignal.Heartbeat.class).getFirst().nonce()).isEqualTo(behind);
  }

  @Test
  void notification_refersToALogThatCannotBeRead_opensAGap() {
    FakeConnection connection = startFresh();
    server.catchUpFailure = new SQLException("no", "42501");

    connection.events.notified(
        OwnChannels.INVALIDATION, "{\"v\":1,\"log\":\"765\",\"cache\":\"orders\"}");
    time.runWork();

    assertThat(sink.all(SourceSignal.GapOpened.class).getFirst().reason()).contains("42501");
  }

  @Test
  void notification_malformedReference_widensToEverything() {
    FakeConnection connection = startFresh();
    sink.clear();

    connection.events.notified(
        OwnChannels.INVALIDATION, "{\"v\":1,\"log\":\"7 or 1=1\",\"cache\":\"orders\"}");

    assertThat(sink.signals())
        .containsExactly(new SourceSignal.Changed(new Invalidation.Everything(), null));
  }

  @Test
  void catchUp_fails_isTriedAgainFromTheSameCursor() {
    FakeConnection connection = startFresh();
    connection.events.lost("reset");
    sink.clear();
    server.catchUpFailure = new SQLException("no", "08006");
    time.advance(Duration.ofMillis(100));
    connection().listenNow();
    time.runWork();

    assertThat(state()).isEqualTo(State.BACKOFF);
    assertThat(sink.kinds()).doesNotContain("GapClosed");
    assertThat(source.status().lastFailure().orElseThrow()).contains("08006");

    server.catchUpFailure = null;
    time.advance(Duration.ofMillis(200));
    connection().listenNow();
    time.runWork();
    connection().hear(server.last());

    assertThat(server.cursors.get(2)).isEqualTo(server.cursors.get(1)).isPresent();
    assertThat(state()).isEqualTo(State.FRESH);
  }

  @Test
  void fresh_forAWhile_resetsTheWait() {
    start(source);
    for (int i = 0; i < 8; i++) {
      connection().events.lost("refused");
      time.advance(RECONNECT_MAX);
    }
    connection().listenNow();
    time.runWork();
    connection().hear(server.last());
    for (int i = 0; i < 4; i++) {
      time.advance(INTERVAL);
      time.runWork();
      connection().hear(server.last());
    }
    int before = connections.size();

    connection().events.lost("reset");
    time.advance(Duration.ofMillis(100));

    assertThat(connections).hasSize(before + 1);
  }

  @Test
  void close_duringConnect_abortsAndStaysClosed() {
    start(source);
    FakeConnection connecting = connection();

    source.close();
    source.close();
    connecting.listenNow();
    time.advance(Duration.ofMinutes(1));

    assertThat(connecting.aborted).isTrue();
    assertThat(connections).hasSize(1);
    assertThat(state()).isEqualTo(State.CLOSED);
    assertThat(sink.signals()).isEmpty();
    assertThat(released).hasSize(1);
  }

  @Test
  void close_whileSomebodyWaits_failsHim() {
    startFresh();
    CompletableFuture<Void> waiting = source.barrier().toCompletableFuture();

    source.close();
    time.runWork();

    assertFailed(waiting, "the source was closed");
  }

  @Test
  void barrier_applied_completesOnTheExecutor() {
    FakeConnection connection = startFresh();
    CompletableFuture<Void> waiting = source.barrier().toCompletableFuture();
    time.runWork();

    connection.hear(server.last());
    assertThat(waiting).isNotDone();
    time.runWork();

    assertThat(waiting).isCompleted();
  }

  @Test
  void barrier_earlierHeartbeat_doesNotServe() {
    FakeConnection connection = startFresh();
    time.advance(INTERVAL);
    time.runWork();
    String earlier = server.last();
    CompletableFuture<Void> waiting = source.barrier().toCompletableFuture();

    connection.hear(earlier);
    time.runWork();
    assertThat(waiting).isNotDone();
    connection.hear(server.last());
    time.runWork();

    assertThat(waiting).isCompleted();
  }

  @Test
  void barriers_whileOneIsSent_shareOnePending() {
    FakeConnection connection = startFresh();
    List<CompletableFuture<Void>> late = new ArrayList<>();
    int before = server.nonces.size();
    CompletableFuture<Void> first = source.barrier().toCompletableFuture();
    CompletableFuture<Void> joined = source.barrier().toCompletableFuture();
    server.beforeReturn =
        () -> {
          server.beforeReturn = () -> {};
          for (int i = 0; i < 10; i++) {
            late.add(source.barrier().toCompletableFuture());
          }
        };
    time.runWork();

    assertThat(server.nonces).hasSize(before + 2);
    connection.hear(server.nonces.get(before));
    time.runWork();
    assertThat(first).isCompleted();
    assertThat(joined).isCompleted();
    assertThat(late).hasSize(10).noneMatch(CompletableFuture::isDone);
    connection.hear(server.nonces.get(before + 1));
    time.runWork();
    assertThat(late).allMatch(CompletableFuture::isDone);
  }

  @Test
  void barrier_periodicHeartbeatStuck_isSentAllTheSame() {
    FakeConnection connection = startFresh();
    time.advance(INTERVAL);
    // The periodic heartbeat waits as work; the barrier's is sent while it is stuck.
    server.beforeReturn =
        () -> {
          server.beforeReturn = () -> {};
          CompletableFuture<Void> waiting = source.barrier().toCompletableFuture();
          time.runWork();
          connection.hear(server.last());
          time.runWork();
          assertThat(waiting).isCompleted();
        };

    time.runWork();

    assertThat(state()).isEqualTo(State.FRESH);
  }

  @Test
  void barrier_cannotBeSent_failsAtOnce() {
    startFresh();
    server.failure = new SQLException("down", "08006");
    CompletableFuture<Void> waiting = source.barrier().toCompletableFuture();

    time.runWork();

    assertFailed(waiting, "the barrier could not be sent");
  }

  @Test
  void barrier_neverHeard_timesOutWithLiveState() {
    startFresh();
    CompletableFuture<Void> waiting = source.barrier().toCompletableFuture();
    time.runWork();

    time.advance(BARRIER_TIMEOUT);
    time.runWork();

    assertFailed(waiting, "state FRESH, last heartbeat 2000 ms old");
  }

  @Test
  void barrier_duringAGap_isServedByTheNextConnection() {
    FakeConnection old = startFresh();
    old.events.lost("reset");
    time.runWork();
    int before = server.nonces.size();
    CompletableFuture<Void> waiting = source.barrier().toCompletableFuture();
    time.runWork();
    assertThat(server.nonces).hasSize(before);

    reconnect();
    time.runWork();

    assertThat(waiting).isCompleted();
  }

  @Test
  void publish_committedThenGap_isServedByTheNextConnection() {
    FakeConnection old = startFresh();
    CompletableFuture<Void> waiting =
        source.publish(List.of(new Invalidation.Key("products", "1"))).toCompletableFuture();
    time.runWork();
    assertThat(server.payloads).hasSize(1);
    old.events.lost("reset");

    reconnect();
    time.runWork();

    assertThat(waiting).isCompleted();
  }

  @Test
  void publish_laterHeartbeatBeforeTheCommit_doesNotServe() {
    FakeConnection connection = startFresh();
    List<CompletableFuture<Void>> published = new ArrayList<>();
    server.beforeReturn =
        () -> {
          server.beforeReturn = () -> {};
          CompletableFuture<Void> barrier = source.barrier().toCompletableFuture();
          time.runWork();
          connection.hear(server.last());
          time.runWork();
          assertThat(barrier).isCompleted();
          assertThat(published.getFirst()).isNotDone();
        };
    published.add(
        source.publish(List.of(new Invalidation.Key("products", "1"))).toCompletableFuture());
    int before = server.nonces.size();
    time.runWork();

    connection.hear(server.nonces.get(before));
    time.runWork();

    assertThat(published.getFirst()).isCompleted();
  }

  @Test
  void publish_refused_failsAtOnce() {
    startFresh();
    server.failure = new SQLException("queue is full", "54000");
    CompletableFuture<Void> waiting =
        source.publish(List.of(new Invalidation.Everything())).toCompletableFuture();

    time.runWork();

    assertFailed(waiting, "could not be published");
  }

  @Test
  void publish_nothing_completes() {
    assertThat(source.publish(List.of()).toCompletableFuture()).isCompleted();
  }

  private static final FleetKey FLEET_KEY = new FleetKey(new byte[32]);

  private void installFleet() {
    server.key = FLEET_KEY;
    server.installed = new Look.Installed(Look.Log.READABLE, true);
  }

  private void hearAnother(FakeConnection connection) {
    connection.hear("another." + ++server.lsn, server.lsn);
  }

  private long provenAgeNanos() {
    return time.getAsLong() - sink.all(SourceSignal.Heartbeat.class).getLast().sentNanos();
  }

  private void advanceWithWork(Duration duration) {
    for (int i = 0; i < 100; i++) {
      time.advance(duration.dividedBy(100));
      time.runWork();
    }
  }

  @ParameterizedTest
  @CsvSource({"3000, 0", "3000, 0.999", "2000, 0", "2000, 0.999"})
  void fleet_anotherSends_oneLookPerHeartbeatKeepsTheDeadline(long timeoutMillis, double drawn) {
    installFleet();
    random = drawn;
    PostgresSource follower = source("jdbc:postgresql://h1/d", Duration.ofMillis(timeoutMillis));
    start(follower);
    connection().listenNow();
    time.runWork();
    connection().hear(server.last());
    hearAnother(connection());
    advanceWithWork(INTERVAL);
    hearAnother(connection());
    int sent = server.nonces.size();
    int looked = server.looks.size();

    for (int i = 0; i < 50; i++) {
      advanceWithWork(INTERVAL);
      assertThat(provenAgeNanos()).isLessThan(Duration.ofMillis(1_510).toNanos());
      hearAnother(connection());
      assertThat(follower.status().state()).isEqualTo(State.FRESH);
    }

    assertThat(server.nonces).as("heartbeats of our own").hasSize(sent);
    assertThat(server.looks).hasSize(looked + 50);
  }

  @Test
  void fleet_ownHeartbeatHeardLast_goesOnSendingWithoutAnyOtherLook() {
    installFleet();
    FakeConnection connection = startFresh();
    int looked = server.looks.size();

    for (int i = 0; i < 50; i++) {
      advanceWithWork(INTERVAL);
      connection.hear(server.last());
    }

    assertThat(server.looks).hasSize(looked + 50);
    assertThat(state()).isEqualTo(State.FRESH);
  }

  @Test
  void fleet_senderDies_ownIsSentWithinOneAndAHalfIntervals() {
    installFleet();
    random = 0.999;
    FakeConnection connection = startFresh();
    hearAnother(connection);
    advanceWithWork(INTERVAL);
    hearAnother(connection);
    int sent = server.nonces.size();

    advanceWithWork(Duration.ofMillis(1_490));
    assertThat(server.nonces).hasSize(sent);
    advanceWithWork(Duration.ofMillis(20));

    assertThat(server.nonces).hasSize(sent + 1);
    assertThat(provenAgeNanos()).isLessThan(Duration.ofSeconds(2).toNanos());
  }

  @Test
  void fleet_heartbeatUnsignedOrRepeatedOrOfAnotherTimeline_keepsNobodyFromSending() {
    installFleet();
    FakeConnection connection = startFresh();
    String text = "another.1 " + Position.lsnText(++server.lsn) + " 00000001 10:10:";
    String genuine = text + " " + FLEET_KEY.sign(text);
    connection.events.notified(OwnChannels.HEARTBEAT, genuine);
    String promoted = "another.2 " + Position.lsnText(server.lsn + 99) + " 00000002 10:10:";
    int sent = server.nonces.size();

    for (int i = 0; i < 15; i++) {
      time.advance(Duration.ofMillis(100));
      time.runWork();
      String later = "another.1 " + Position.lsnText(server.lsn + 9 + i) + " 00000001 10:10:";
      connection.events.notified(OwnChannels.HEARTBEAT, later);
      connection.events.notified(OwnChannels.HEARTBEAT, later + " " + "0".repeat(64));
      connection.events.notified(OwnChannels.HEARTBEAT, later + genuine.substring(text.length()));
      connection.events.notified(OwnChannels.HEARTBEAT, genuine);
      connection.events.notified(OwnChannels.HEARTBEAT, promoted + " " + FLEET_KEY.sign(promoted));
    }

    assertThat(server.nonces).hasSizeGreaterThan(sent);
    assertThat(source.status().forgedHeartbeats()).isEqualTo(45);
    assertThat(sink.all(SourceSignal.Heartbeat.class)).hasSize(1);
  }

  @Test
  void fleet_anothersHeartbeatFromBeforeOurLook_provesNothing() {
    installFleet();
    FakeConnection connection = startFresh();
    hearAnother(connection);
    long before = server.lsn + 1;
    server.lsn += 2;
    advanceWithWork(INTERVAL);
    sink.clear();

    connection.hear("another.late", before);

    assertThat(sink.all(SourceSignal.Heartbeat.class)).isEmpty();
    hearAnother(connection);
    assertThat(sink.all(SourceSignal.Heartbeat.class)).hasSize(1);
  }

  @Test
  void silentRows_found_areAppliedBeforeAnythingIsClaimed() {
    FakeConnection connection = startFresh();
    CompletableFuture<Void> waiting = source.barrier().toCompletableFuture();
    server.silentRows.add(new Invalidation.Key("orders", "7"));
    server.beforeReturn =
        () -> {
          // The heartbeat is heard before the answer with the rows is complete.
          connection.hear(server.last());
          assertThat(sink.all(SourceSignal.Heartbeat.class)).isEmpty();
        };
    sink.clear();
    time.runWork();

    assertThat(sink.kinds()).containsExactly("Changed", "Heartbeat");
    assertThat(waiting).isCompleted();
  }

  @Test
  void silentRows_eachLook_goesOnFromTheOneBefore() {
    FakeConnection connection = startFresh();
    advanceWithWork(INTERVAL);
    connection.hear(server.last());

    assertThat(server.looks)
        .containsExactly(
            Optional.of(new Cursor("history", "5:5:")), Optional.of(new Cursor("history", "6:6:")));
  }

  @Test
  void look_findsAnotherHistory_opensAGap() {
    startFresh();
    server.history = "crashed";
    time.advance(INTERVAL);
    time.runWork();

    assertGap("has crashed");
  }

  @Test
  void look_findsTheLogPruned_opensAGap() {
    startFresh();
    server.pruned = true;
    time.advance(INTERVAL);
    time.runWork();

    assertGap("pruned");
  }

  @Test
  void look_findsSomethingInstalled_opensAGap() {
    startFresh();
    server.installed = new Look.Installed(Look.Log.READABLE, false);
    time.advance(INTERVAL);
    time.runWork();

    assertGap("what is installed");
  }

  @Test
  void look_findsNothingInstalledAnyMore_opensAGap() {
    startFresh();
    server.failure = new SQLException("gone", "42P01");
    time.advance(INTERVAL);
    time.runWork();

    assertGap("what is installed");
  }

  private void assertGap(String part) {
    assertThat(state()).isEqualTo(State.BACKOFF);
    assertThat(sink.all(SourceSignal.GapOpened.class).getFirst().reason()).contains(part);
  }

  @Test
  void queue_full_isNamed() {
    startFresh();
    server.queueUsage = 0.75;
    time.advance(INTERVAL);
    time.runWork();
    assertThat(source.status().queueUsage()).contains(0.75);
    server.failure = new SQLException("too many notifications", "54000");
    time.advance(INTERVAL);
    time.runWork();

    assertThat(source.status().lastFailure().orElseThrow())
        .contains("the notification queue is full");
  }

  @Test
  void await_settledLocation_completesWithoutALook() {
    FakeConnection connection = startFresh();
    long lsn = server.lsn;
    for (int i = 0; i < 2; i++) {
      advanceWithWork(INTERVAL);
      connection.hear(server.last());
    }
    int looked = server.looks.size();

    assertThat(source.await(lsn).toCompletableFuture()).isCompleted();
    assertThat(server.looks).hasSize(looked);
  }

  @Test
  void await_whereSomethingIsLoggedSilently_looks() {
    server.silent = true;
    FakeConnection connection = startFresh();
    long lsn = server.lsn;
    advanceWithWork(INTERVAL);
    connection.hear(server.last());
    CompletableFuture<Void> waiting = source.await(lsn).toCompletableFuture();
    assertThat(waiting).isNotDone();
    time.runWork();
    connection.hear(server.last());
    time.runWork();

    assertThat(waiting).isCompleted();
  }

  @Test
  void await_locationOfAnEarlierConnection_looks() {
    FakeConnection connection = startFresh();
    long lsn = server.lsn;
    advanceWithWork(INTERVAL);
    connection.hear(server.last());
    connection.events.lost("reset");

    assertThat(source.await(lsn).toCompletableFuture()).isNotDone();
  }

  @Test
  void await_locationThatTheServerHasNotWritten_failsByName() {
    FakeConnection connection = startFresh();
    CompletableFuture<Void> waiting = source.await(server.lsn + 1_000).toCompletableFuture();
    time.runWork();
    connection.hear(server.last());
    time.runWork();

    assertThat(waiting)
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withCauseInstanceOf(PositionAheadException.class);
  }

  private static void assertFailed(CompletableFuture<Void> future, String part) {
    assertThat(future).isCompletedExceptionally();
    Throwable cause = future.handle((ignored, e) -> e).join();
    assertThat(cause instanceof CompletionException wrapped ? wrapped.getCause() : cause)
        .isInstanceOf(SourceUnavailableException.class)
        .hasMessageContaining(part);
  }
}
