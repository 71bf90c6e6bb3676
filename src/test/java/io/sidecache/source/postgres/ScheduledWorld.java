/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.testing.HandDrivenTime;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * A source, a server and the wire between them, moved step by step: at each step one thing that
 * could happen next does happen, drawn by lot. While a call to the server is under way other steps
 * go on, as they would on other threads. One thread; the same seed gives the same schedule.
 */
final class ScheduledWorld {
  private static final String CACHE = "rows";
  private static final ServerIdentity IDENTITY = new ServerIdentity("d", 5, "1.5", 1);
  private static final Look.Installed INSTALLED = new Look.Installed(Look.Log.READABLE, false);
  private static final int MOST_NESTED = 2;
  private static final long FIRST_XID = 10;

  final PostgresSource source;
  private final RandomGenerator random;
  private final boolean lossy;
  private final HandDrivenTime time = new HandDrivenTime();
  private final List<Runnable> work = new ArrayList<>();
  private final List<Commit> commits = new ArrayList<>();
  private final List<Wire> wires = new ArrayList<>();
  private final List<Barrier> barriers = new ArrayList<>();
  private final List<String> broken = new ArrayList<>();
  private long lsn = 1_000;
  private int crashes;
  private int nested;
  private boolean closed;
  private int heartbeats;
  private int gaps;

  /** One transaction, and whether the sink has been told of it or of more. */
  private static final class Commit {
    private final long nanos;
    private boolean covered;

    Commit(long nanos) {
      this.nanos = nanos;
    }
  }

  private record Barrier(int commits, CompletionStage<Void> done) {}

  /**
   * Makes a world that stands still.
   *
   * @param lossy whether the wire loses a notification now and then, which TCP does not: what is
   *     claimed then is wrong, and must be noticed
   */
  ScheduledWorld(RandomGenerator random, boolean lossy) {
    this.random = random;
    this.lossy = lossy;
    this.source =
        new PostgresSource(
            new PostgresSourceSettings(
                "jdbc:postgresql://h1,h2/d",
                Optional.of("u"),
                Optional::empty,
                Duration.ofMillis(200),
                Duration.ofSeconds(1),
                Duration.ofMillis(20),
                Duration.ofMillis(500),
                Duration.ofMillis(800),
                true),
            new Link.Parts(
                (host, events) -> {
                  Wire wire = new Wire(events);
                  wires.add(wire);
                  return wire;
                },
                new Scripted(),
                new Heartbeats(time),
                new NotificationReader(List.of(), time),
                (delay, task) -> time.schedule(delay, task)::run,
                work::add,
                time,
                () -> Instant.EPOCH,
                () -> {}),
            new NoLog(),
            new Backoff(Duration.ofMillis(20), Duration.ofMillis(500), random::nextDouble),
            random::nextDouble,
            () -> {});
  }

  /** The listening connection and what is on its way to the source. */
  private final class Wire implements ListenConnection {
    private final Events events;
    private final Deque<Runnable> incoming = new ArrayDeque<>();
    private boolean listening;
    private boolean open = true;

    Wire(Events events) {
      this.events = events;
      incoming.add(() -> events.probed(new ServerProbe(1, 1, IDENTITY)));
    }

    @Override
    public void listen(List<String> channels) {
      listening = true; // what commits from here on is queued behind the answer
      incoming.add(events::listening);
    }

    @Override
    public void unlisten() {
      listening = false;
    }

    @Override
    public void abort() {
      open = false;
    }

    void queue(String channel, String payload) {
      if (open && listening && !(lossy && random.nextInt(20) == 0)) {
        incoming.add(() -> events.notified(channel, payload));
      }
    }

    /** What is still on its way is lost with it. */
    void lose() {
      open = false;
      incoming.clear();
      events.lost("the schedule says so");
    }
  }

  /** No schedule leads behind a pooler, so nobody reads the log instead of listening. */
  private static final class NoLog implements PolledServer {
    @Override
    public Polled poll(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes) {
      throw new AssertionError("polled beside a connection that listens");
    }

    @Override
    public void record(List<Invalidation> invalidations) {
      throw new AssertionError("recorded beside a connection that listens");
    }
  }

  /** The server as the pool sees it. */
  private final class Scripted implements Server {
    @Override
    public Look look(
        Optional<Cursor> since,
        Look.Rows rows,
        Supplier<Optional<String>> nonce,
        Consumer<SourceSignal.Changed> changes)
        throws SQLException {
      meanwhile();
      Optional<String> sent = nonce.get();
      meanwhile();
      fail();
      Look look = ScheduledWorld.this.look();
      sent.ifPresent(ScheduledWorld.this::beat);
      meanwhile();
      fail();
      return look;
    }

    @Override
    public Look publish(
        List<Invalidation> invalidations,
        Optional<Cursor> since,
        Supplier<Optional<String>> nonce,
        Consumer<SourceSignal.Changed> changes)
        throws SQLException {
      return look(since, Look.Rows.SILENT, nonce, changes);
    }

    @Override
    public CaughtUp catchUp(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes)
        throws SQLException {
      meanwhile();
      fail();
      Look look = ScheduledWorld.this.look();
      int seen = commits.size();
      meanwhile(); // the snapshot stands; what commits now is not in it
      boolean known = since.isPresent() && since.get().history().equals(history());
      if (!known) {
        return new CaughtUp(look, new CaughtUp.Outcome.Unknown("new"), Optional.empty());
      }
      int from = seenBy(since.get());
      for (int i = from; i < seen; i++) {
        changes.accept(
            new SourceSignal.Changed(new Invalidation.Key(CACHE, Integer.toString(i)), null));
        if (random.nextInt(4) == 0) {
          meanwhile();
          fail();
        }
      }
      return new CaughtUp(look, new CaughtUp.Outcome.Complete(seen - from), Optional.empty());
    }

    @Override
    public void readTransaction(LogReference reference, Consumer<Invalidation> changes)
        throws SQLException {
      meanwhile();
      fail();
      changes.accept(
          new Invalidation.Key(CACHE, Long.toString(Long.parseLong(reference.xid()) - FIRST_XID)));
    }

    private void fail() throws SQLException {
      if (random.nextInt(25) == 0) {
        throw new SQLException("the schedule says so", "08006");
      }
    }
  }

  private String history() {
    return "history " + crashes;
  }

  private String snapshot() {
    long next = FIRST_XID + commits.size();
    return next + ":" + next + ":";
  }

  private static int seenBy(Cursor cursor) {
    return seenBy(cursor.snapshot());
  }

  private static int seenBy(String snapshot) {
    return (int) (Long.parseLong(snapshot.substring(0, snapshot.indexOf(':'))) - FIRST_XID);
  }

  private Look look() {
    return new Look(
        IDENTITY,
        new Cursor(history(), snapshot()),
        new Position(1, 0, lsn),
        0,
        INSTALLED,
        false,
        false);
  }

  private void beat(String nonce) {
    String payload = nonce + " " + Position.lsnText(lsn) + " 00000001 " + snapshot();
    lsn++;
    wires.forEach(wire -> wire.queue(OwnChannels.HEARTBEAT, payload));
  }

  private void commit() {
    time.advance(Duration.ofNanos(1));
    String key = Integer.toString(commits.size());
    long xid = FIRST_XID + commits.size();
    lsn++;
    commits.add(new Commit(time.getAsLong()));
    time.advance(Duration.ofNanos(1));
    String payload =
        random.nextInt(4) == 0
            ? "{\"v\":1,\"log\":\"" + xid + "\",\"cache\":\"" + CACHE + "\"}"
            : InvalidationPayload.write(List.of(new Invalidation.Key(CACHE, key))).getFirst();
    wires.forEach(wire -> wire.queue(OwnChannels.INVALIDATION, payload));
  }

  /** What is told to the caches. */
  private final class Told implements SignalSink {
    @Override
    public void accept(SourceSignal signal) {
      if (closed) {
        // A notification that was under way may still come; it does no harm.
        return;
      }
      switch (signal) {
        case SourceSignal.Changed changed -> changed(changed.invalidation());
        case SourceSignal.Rejected ignored -> cover();
        case SourceSignal.GapOpened ignored -> gaps++;
        case SourceSignal.GapClosed ignored -> {}
        case SourceSignal.Heartbeat heartbeat -> {
          heartbeats++;
          claimed(heartbeat);
          source.heartbeatApplied(heartbeat);
        }
      }
    }

    private void changed(Invalidation invalidation) {
      switch (invalidation) {
        case Invalidation.Key key -> commits.get(Integer.parseInt(key.key())).covered = true;
        case Invalidation.Tag ignored -> {}
        case Invalidation.WholeCache ignored -> cover();
        case Invalidation.Everything ignored -> cover();
      }
    }

    private void cover() {
      commits.forEach(commit -> commit.covered = true);
    }

    private void claimed(SourceSignal.Heartbeat heartbeat) {
      int seen = seenBy(heartbeat.snapshot().toString());
      for (int i = 0; i < commits.size(); i++) {
        Commit commit = commits.get(i);
        if (!commit.covered && (commit.nanos - heartbeat.sentNanos() < 0 || i < seen)) {
          broken.add("a heartbeat claims commit " + i + ", which nobody was told of");
        }
      }
    }
  }

  void start() {
    source.start(new Told());
  }

  /** Whatever other threads would do while one waits for the server. */
  private void meanwhile() {
    if (nested < MOST_NESTED) {
      nested++;
      for (int steps = random.nextInt(4); steps > 0; steps--) {
        step();
      }
      nested--;
    }
  }

  /** One thing happens. */
  void step() {
    int kind = random.nextInt(100);
    if (kind < 35) {
      deliver();
    } else if (kind < 65) {
      if (!work.isEmpty()) {
        work.remove(random.nextInt(work.size())).run();
      }
    } else if (kind < 80) {
      commit();
    } else if (kind < 94) {
      time.advance(Duration.ofMillis(random.nextInt(random.nextInt(20) == 0 ? 1_500 : 60)));
    } else if (kind < 96) {
      wires.stream().filter(wire -> wire.open).findFirst().ifPresent(Wire::lose);
    } else if (kind < 97) {
      crash();
    } else {
      barriers.add(new Barrier(commits.size(), source.barrier()));
    }
    check();
  }

  private void deliver() {
    for (Wire wire : wires) {
      if (wire.open && !wire.incoming.isEmpty()) {
        wire.incoming.remove().run();
        return;
      }
    }
  }

  private void crash() {
    crashes++;
    for (Wire wire : List.copyOf(wires)) {
      if (wire.open) {
        wire.lose();
      }
    }
  }

  private void check() {
    wires.removeIf(wire -> !wire.open);
    if (wires.size() > 1) {
      broken.add(wires.size() + " connections are open at once");
    }
    barriers.removeIf(this::isServed);
  }

  private boolean isServed(Barrier barrier) {
    var future = barrier.done.toCompletableFuture();
    if (!future.isDone()) {
      return false;
    }
    if (!future.isCompletedExceptionally() && !closed) {
      commits.subList(0, barrier.commits).stream()
          .filter(commit -> !commit.covered)
          .findAny()
          .ifPresent(commit -> broken.add("a barrier is served before what lies before it"));
    }
    return true;
  }

  /** Ends the source, and lets all run out that still could. */
  void close() {
    source.close();
    closed = true;
    for (int round = 0; round < 100; round++) {
      List<Runnable> left = List.copyOf(work);
      work.clear();
      left.forEach(Runnable::run);
      time.advance(Duration.ofSeconds(1));
    }
    check();
    if (!wires.isEmpty()) {
      broken.add("a connection is open after the end");
    }
    if (!work.isEmpty()) {
      broken.add("work goes on after the end");
    }
    if (!barriers.isEmpty()) {
      broken.add(barriers.size() + " barriers are never answered");
    }
  }

  /** What should not have happened. */
  List<String> broken() {
    return broken;
  }

  int heartbeats() {
    return heartbeats;
  }

  int gaps() {
    return gaps;
  }
}
