/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus;
import io.sidecache.source.Trouble;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The listening connection's life: attempts, suitability, LISTEN, catch-up, gaps and waits. What
 * heartbeats prove is {@link Pulse}'s.
 *
 * <p>One {@link Session} stands for one attempt at one host and the connection that comes of it.
 * What an older session still reports is ignored, because it is not the current one. All changes
 * happen under one lock, which is never held while something blocks; a sink must not block either.
 * Notifications of the current session go to the sink without the lock.
 *
 * <p>Longer than our limit of 250 lines: the states share all fields, and taking them apart would
 * spread one lock over several classes.
 */
final class Link implements Looks.Answers {
  private static final Logger LOG = Logger.getLogger(Link.class);

  /** read_only_sql_transaction: LISTEN during recovery (manual, "Hot Standby"). */
  private static final String STANDBY_REFUSES = "25006";

  private final List<ListenerAddress.Host> hosts;
  private final Bounds bounds;
  private final ListenConnection.Connector connector;
  private final Server server;
  private final Heartbeats heartbeats;
  private final NotificationReader reader;
  private final Timer timer;
  private final Executor executor;
  private final LongSupplier nanoClock;
  private final InstantSource wallClock;
  private final Runnable onGapOpened;
  private final Looks looks;
  private final TroubleCounts counts;
  private final Consumer<Trouble> onTrouble;
  private final AtomicLong forgedHeartbeats = new AtomicLong();

  private final ReentrantLock lock = new ReentrantLock();
  private volatile SignalSink sink = signal -> {};
  private volatile @Nullable Session current;
  private volatile LinkState state;

  /** Up to where everything has been received. Written under the lock. */
  private volatile Optional<Cursor> cursor = Optional.empty();

  /** Up to where silent rows have been applied. Written under the lock. */
  private volatile Seen seen = Seen.NOTHING;

  private final List<String> hostFailures = new ArrayList<>();
  private final Troubles troubles = new Troubles();
  private final QueueWatch queue = new QueueWatch();
  private int failures;
  private boolean started;
  private boolean connectedBefore;
  private long gapNanos;
  private long sessions;

  /**
   * How long things may take.
   *
   * @param interval between two heartbeats
   * @param timeout without a heartbeat, or for an attempt to connect
   * @param backoff between attempts
   * @param useLog whether what a gap missed is looked for in the log
   * @param random gives numbers from 0 inclusive to 1 exclusive, for what a fleet must not do at
   *     once
   */
  record Bounds(
      Duration interval,
      Duration timeout,
      Backoff backoff,
      boolean useLog,
      DoubleSupplier random) {}

  /** What the link works with. */
  record Parts(
      ListenConnection.Connector connector,
      Server server,
      Heartbeats heartbeats,
      NotificationReader reader,
      Timer timer,
      Executor executor,
      LongSupplier nanoClock,
      InstantSource wallClock,
      Runnable onGapOpened) {}

  /**
   * Makes a link.
   *
   * @param counts counts what goes wrong
   * @param onTrouble told of each of it, under the lock: must neither block nor call back
   */
  Link(
      List<ListenerAddress.Host> hosts,
      Bounds bounds,
      Parts parts,
      TroubleCounts counts,
      Consumer<Trouble> onTrouble) {
    this.counts = counts;
    this.onTrouble = onTrouble;
    this.hosts = hosts;
    this.bounds = bounds;
    this.connector = parts.connector();
    this.server = parts.server();
    this.heartbeats = parts.heartbeats();
    this.reader = parts.reader();
    this.timer = parts.timer();
    this.executor = parts.executor();
    this.nanoClock = parts.nanoClock();
    this.wallClock = parts.wallClock();
    this.onGapOpened = parts.onGapOpened();
    this.looks = new Looks(server, this);
    this.state = LinkState.unstarted(nanoClock.getAsLong());
  }

  void start(SignalSink signals) {
    lock.lock();
    try {
      if (started || state.state() != SourceStatus.State.NEW) {
        throw new IllegalStateException("a source is started once; it is " + state.state());
      }
      started = true;
      sink = signals;
      gapNanos = nanoClock.getAsLong();
      state = state.started(gapNanos);
      timer.schedule(Duration.ZERO, this::attempt);
    } finally {
      lock.unlock();
    }
  }

  /** Stops for good; tells whether this call did it. */
  boolean close() {
    lock.lock();
    try {
      if (state.state() == SourceStatus.State.CLOSED) {
        return false;
      }
      Session session = current;
      current = null;
      state = state.away(SourceStatus.State.CLOSED, nanoClock.getAsLong());
      if (session != null) {
        session.stop();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  boolean isListening() {
    return state.isListening();
  }

  /** The number of the connection that is listened on, if there is one; no two have the same. */
  Optional<Long> session() {
    Session session = current;
    return session != null && session.listening ? Optional.of(session.number) : Optional.empty();
  }

  Looks looks() {
    return looks;
  }

  @Override
  public Seen seen() {
    return seen;
  }

  /** A change that was missed, or not notified of. One of an attempt that is over does no harm. */
  @Override
  public void changed(SourceSignal.Changed change) {
    sink.accept(change);
  }

  /** Not the database says so: nobody knows what changed. */
  private void unknown(Invalidation change) {
    sink.accept(new SourceSignal.Changed(change, null));
  }

  @Override
  public void answered(Heartbeats.Beat beat, Seen before, Look look) {
    lock.lock();
    try {
      Session session = current;
      if (session != null && session.listening) {
        session.answered(beat, before, look);
      }
    } finally {
      lock.unlock();
    }
  }

  SourceStatus status() {
    // The state first: read the other way round, it could be younger than the clock reading.
    LinkState now = state;
    return now.toStatus(reader.channels(), forgedHeartbeats.get(), counts, nanoClock.getAsLong());
  }

  /** A few words for messages. */
  String describe() {
    SourceStatus status = status();
    return "state "
        + status.state()
        + status.lastHeartbeatAge().map(age -> ", last heartbeat " + text(age) + " old").orElse("")
        + status.lastFailure().map(reason -> ", last failure: " + reason).orElse("");
  }

  private void attempt() {
    lock.lock();
    try {
      if (state.state() == SourceStatus.State.CLOSED) {
        return;
      }
      hostFailures.clear();
      connectTo(0);
    } finally {
      lock.unlock();
    }
  }

  private void connectTo(int hostIndex) {
    Session session = new Session(hostIndex);
    current = session;
    state = state.connecting(nanoClock.getAsLong());
    timer.schedule(
        bounds.timeout(), () -> session.unconnected("no answer within " + text(bounds.timeout())));
    try {
      session.connection = connector.connect(session.host, session);
    } catch (RuntimeException e) {
      // Options are made anew for each attempt, and a supplier of secrets may fail in its own way.
      session.lost("the connection could not be prepared: " + e.getMessage());
    }
  }

  /** Under the lock: the session's host is of no use now. */
  private void hostFailed(Session session, String reason) {
    hostFailures.add(session.host + ": " + reason);
    if (session.hostIndex + 1 < hosts.size()) {
      connectTo(session.hostIndex + 1);
      return;
    }
    String all = String.join("; ", hostFailures);
    state = state.failed(all);
    trouble("PostgreSQL cannot be listened to", all);
    backOff();
  }

  /** Under the lock. */
  private void backOff() {
    failures++;
    state = state.away(SourceStatus.State.BACKOFF, nanoClock.getAsLong());
    timer.schedule(bounds.backoff().delay(failures), this::attempt);
  }

  private void trouble(String what, String reason) {
    troubles.tell(what, reason, failures + 1, nanoClock.getAsLong());
  }

  /** Under the lock: the connection that was listened on is no good any more. */
  private void openGap(Session session, String reason) {
    long nowNanos = nanoClock.getAsLong();
    String told = session.host + ": " + reason;
    if (session.freshNanos.isPresent()
        && nowNanos - session.freshNanos.get() >= bounds.timeout().toNanos()) {
      failures = 0;
    }
    gapNanos = nowNanos;
    state = state.failed(told);
    backOff();
    sink.accept(new SourceSignal.GapOpened(told));
    trouble("the connection to PostgreSQL was lost", told);
    executor.execute(this::gapOpened);
  }

  private void gapOpened() {
    try {
      onGapOpened.run();
    } catch (RuntimeException e) {
      LOG.warn("what should run when a gap opens failed", e);
    }
  }

  /** A server's message may go on with details over several lines. */
  static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static String text(Duration duration) {
    return duration.toMillis() + " ms";
  }

  /** One attempt at one host, and its connection. Its fields are guarded by the lock. */
  private final class Session implements ListenConnection.Events, Pulse.Owner {
    private final long number = ++sessions;
    private final int hostIndex;
    private final ListenerAddress.Host host;
    private @Nullable ListenConnection connection;
    private @Nullable ServerIdentity identity;
    private volatile boolean listening;
    private volatile @Nullable Trial trial;
    private volatile @Nullable Pulse pulse;
    private @Nullable Cursor caughtUpAt;
    private Look.@Nullable Installed installed;
    private int readingsBefore;
    private long heardNanos;
    private Optional<Long> freshNanos = Optional.empty();

    Session(int hostIndex) {
      this.hostIndex = hostIndex;
      this.host = hosts.get(hostIndex);
    }

    private boolean isCurrent() {
      return current == this;
    }

    /** Under the lock. */
    private void stop() {
      ListenConnection open = connection;
      if (open != null) {
        open.abort();
      }
      Pulse beating = pulse;
      if (beating != null) {
        beating.stop();
      }
    }

    @Override
    public void probed(ServerProbe probe) {
      lock.lock();
      try {
        ListenConnection open = connection;
        if (!isCurrent() || open == null) {
          return;
        }
        Optional<String> refusal = probe.refusal();
        if (refusal.isPresent()) {
          end(Trouble.STANDBY, refusal.get());
          return;
        }
        identity = probe.identity();
        trial = probe.isPooled() ? new Trial(probe, server, heartbeats) : null;
        open.listen(reader.channels());
      } finally {
        lock.unlock();
      }
    }

    /**
     * From here on changes are heard. What was missed before is looked for on the executor; until
     * that is done, notifications are passed on already, which is harmless, and heartbeats prove
     * nothing. Through a pooler, a heartbeat must be heard first.
     */
    @Override
    public void listening() {
      lock.lock();
      try {
        Trial pooled = trial;
        if (isCurrent() && !listening) {
          executor.execute(pooled == null ? this::catchUp : pooled::begin);
        }
      } finally {
        lock.unlock();
      }
    }

    private void catchUp() {
      try {
        Heartbeats.Beat beat = heartbeats.issue(false);
        caughtUp(
            beat, server.catchUp(bounds.useLog() ? cursor : Optional.empty(), Link.this::changed));
      } catch (SQLException e) {
        lost(
            Trouble.LOG,
            "what was missed could not be read: SQLSTATE " + e.getSQLState() + ", " + firstLine(e));
      } catch (RuntimeException e) {
        // A pool may fail in ways of its own.
        lost(Trouble.LOG, "what was missed could not be read: " + firstLine(e));
      }
    }

    private void caughtUp(Heartbeats.Beat beat, CaughtUp caughtUp) {
      lock.lock();
      try {
        Look look = caughtUp.look();
        if (!isCurrent() || listening) {
          return;
        }
        if (!look.server().equals(identity)) {
          end(Trouble.OTHER_SERVER, elsewhere(look));
          return;
        }
        widen(caughtUp.outcome());
        long nowNanos = nanoClock.getAsLong();
        cursor = Optional.of(look.cursor());
        caughtUpAt = look.cursor();
        installed = look.installed();
        seen = new Seen(cursor, look.position().lsn());
        listening = true;
        heardNanos = nowNanos;
        sink.accept(new SourceSignal.GapClosed(Duration.ofNanos(nowNanos - gapNanos)));
        state = state.listening(wallClock.instant(), connectedBefore);
        state = state.queueUsed(queue.seen(look.queueUsage()));
        timer.schedule(bounds.timeout(), this::checkHearing);
        beat(beat, caughtUp, nowNanos);
        connectedBefore = true;
      } finally {
        lock.unlock();
      }
    }

    /**
     * Begins to beat: at once, but for a fleet that has lost its server together. There, one that
     * hears another's heartbeat first need not send its own.
     */
    private void beat(Heartbeats.Beat beat, CaughtUp caughtUp, long nowNanos) {
      boolean together = connectedBefore && caughtUp.fleetKey().isPresent();
      long waitNanos =
          together ? (long) (bounds.interval().toNanos() * bounds.random().getAsDouble() / 4) : 0;
      Pulse made =
          new Pulse(
              new Pulse.Parts(looks, heartbeats, timer, executor, nanoClock, lock),
              this,
              new Pace(bounds.interval(), bounds.random(), nowNanos + waitNanos),
              caughtUp.fleetKey(),
              caughtUp.look().position().timeline());
      for (int i = 0; i < readingsBefore; i++) {
        made.readingBegan();
      }
      pulse = made;
      made.begin(beat, caughtUp.look());
    }

    private String elsewhere(Look look) {
      return "the pool's connection is with "
          + look.server()
          + ", the listening one with "
          + identity;
    }

    /** Under the lock: a look came back, and its silent rows have been passed on. */
    private void answered(Heartbeats.Beat beat, Seen before, Look look) {
      Pulse beating = pulse;
      Cursor start = caughtUpAt;
      if (beating == null || start == null) {
        return;
      }
      if (!look.server().equals(identity)) {
        end(Trouble.OTHER_SERVER, elsewhere(look));
      } else if (!look.cursor().history().equals(start.history())) {
        end(
            Trouble.OTHER_SERVER,
            "the server was promoted, or has crashed, or its statistics were reset");
      } else if (look.pruned()) {
        end(Trouble.LOG, "the log was pruned beyond what had been read");
      } else if (!look.installed().equals(installed)) {
        end(Trouble.LOG, "what is installed in the database has changed");
      } else if (before.cursor().filter(c -> c.history().equals(start.history())).isPresent()) {
        state = state.queueUsed(queue.seen(look.queueUsage()));
        seen = new Seen(Optional.of(look.cursor()), look.position().lsn());
        beating.answered(beat, before, look);
      }
    }

    @Override
    public void proven(Proof.Step step) {
      long nowNanos = nanoClock.getAsLong();
      Heartbeats.Beat beat = step.beat();
      Snapshot snapshot = Snapshot.parse(step.look().cursor().snapshot());
      String nonce =
          heartbeats.giving(
              beat,
              new Heartbeats.Proven(
                  beat.sequence(), step.own(), step.position().lsn(), step.settledLsn(), number));
      sink.accept(new SourceSignal.Heartbeat(nonce, step.position(), snapshot, beat.sentNanos()));
      if (step.own()) {
        state = state.echoed(Duration.ofNanos(nowNanos - beat.sentNanos()));
      }
      if (step.newest()) {
        cursor = Optional.of(step.look().cursor());
        // One that was long on its way is a barrier still, but proves nothing about now.
        boolean timely = nowNanos - beat.sentNanos() <= bounds.timeout().toNanos();
        state = state.heard(nowNanos, beat.sentNanos(), timely);
        if (timely) {
          heardNanos = nowNanos;
          fresh(nowNanos);
        }
      }
    }

    private void fresh(long nowNanos) {
      if (freshNanos.isEmpty()) {
        freshNanos = Optional.of(nowNanos);
        troubles.over();
        LOG.infof(
            "listening to PostgreSQL at %s, %s, on %d channels",
            host, identity, reader.channels().size());
      }
    }

    @Override
    public void unseen(String reason) {
      state = state.failed("a heartbeat could not be sent: " + reason);
    }

    /** Empties what the log says nothing of. */
    private void widen(CaughtUp.Outcome outcome) {
      switch (outcome) {
        case CaughtUp.Outcome.Complete complete -> {
          reader.caches().forEach(cache -> unknown(new Invalidation.WholeCache(cache)));
          LOG.infof("caught up: %d rows of the log were missed and applied", complete.rows());
        }
        case CaughtUp.Outcome.Unknown unknown -> {
          unknown(new Invalidation.Everything());
          if (connectedBefore) {
            LOG.infof("all caches were emptied: %s", unknown.reason());
          }
        }
      }
    }

    @Override
    public void notified(String channel, String payload) {
      if (!isCurrent()) {
        return;
      }
      if (channel.equals(OwnChannels.HEARTBEAT)) {
        heartbeat(payload);
      } else if (channel.equals(OwnChannels.INVALIDATION) && LogReference.isOne(payload)) {
        readLog(payload);
      } else {
        reader.read(channel, payload, timeline(), sink);
      }
    }

    /** Until the log has been read, heartbeats behind this notification prove nothing. */
    private void readLog(String payload) {
      LogReference reference;
      try {
        reference = LogReference.read(payload);
      } catch (UnreadablePayloadException e) {
        reader.read(
            OwnChannels.INVALIDATION,
            payload,
            timeline(),
            sink); // which widens, counts and logs it
        return;
      }
      lock.lock();
      try {
        Pulse beating = pulse;
        if (beating == null) {
          readingsBefore++;
        } else {
          beating.readingBegan();
        }
        executor.execute(() -> readLog(reference));
      } finally {
        lock.unlock();
      }
    }

    /** Of the server that is listened to; nothing is heard before it is known. */
    private long timeline() {
      ServerIdentity known = identity;
      return known == null ? 1 : known.timeline();
    }

    private void readLog(LogReference reference) {
      try {
        Position position = new Position(timeline(), Long.parseUnsignedLong(reference.xid()), 0);
        server.readTransaction(
            reference, change -> sink.accept(new SourceSignal.Changed(change, position)));
        logRead();
      } catch (SQLException e) {
        lost(
            Trouble.LOG,
            "the log could not be read: SQLSTATE " + e.getSQLState() + ", " + firstLine(e));
      } catch (RuntimeException e) {
        lost(Trouble.LOG, "the log could not be read: " + firstLine(e));
      }
    }

    private void logRead() {
      lock.lock();
      try {
        Pulse beating = pulse;
        if (beating == null) {
          readingsBefore--;
        } else {
          beating.readingEnded();
        }
      } finally {
        lock.unlock();
      }
    }

    /** Until the connection has caught up, heartbeats prove nothing. */
    private void heartbeat(String text) {
      Trial pooled = trial;
      if (pooled != null && pooled.isPassedBy(text)) {
        trial = null;
        executor.execute(this::catchUp);
        return;
      }
      Pulse beating = pulse;
      if (beating != null && !beating.heard(text)) {
        forgedHeartbeats.incrementAndGet();
      }
    }

    @Override
    public void lost(String reason) {
      lock.lock();
      try {
        end(whyLost(reason), reason);
      } finally {
        lock.unlock();
      }
    }

    private Trouble whyLost(String reason) {
      if (reason.startsWith(STANDBY_REFUSES)) {
        return Trouble.STANDBY;
      }
      return listening ? Trouble.LOST : Trouble.UNREACHABLE;
    }

    private void lost(Trouble trouble, String reason) {
      lock.lock();
      try {
        end(trouble, reason);
      } finally {
        lock.unlock();
      }
    }

    private void unconnected(String reason) {
      lock.lock();
      try {
        if (!isCurrent() || listening) {
          return;
        }
        Trial pooled = trial;
        ListenConnection open = connection;
        if (pooled == null || open == null) {
          end(Trouble.UNREACHABLE, reason);
        } else {
          open.unlisten();
          end(pooled.trouble(), pooled.reason());
        }
      } finally {
        lock.unlock();
      }
    }

    /** What is installed in the database is gone. */
    @Override
    public void end(String reason) {
      end(Trouble.LOG, reason);
    }

    /** Under the lock. */
    private void end(Trouble trouble, String reason) {
      if (!isCurrent()) {
        return;
      }
      current = null;
      counts.count(trouble);
      stop();
      if (listening) {
        openGap(this, reason);
      } else {
        hostFailed(this, reason);
      }
      onTrouble.accept(trouble);
    }

    private void checkHearing() {
      lock.lock();
      try {
        if (!isCurrent()) {
          return;
        }
        long silentNanos = nanoClock.getAsLong() - heardNanos;
        long leftNanos = bounds.timeout().toNanos() - silentNanos;
        if (leftNanos > 0) {
          timer.schedule(Duration.ofNanos(leftNanos), this::checkHearing);
          return;
        }
        Pulse beating = pulse;
        Optional<String> why = beating == null ? Optional.empty() : beating.failure();
        end(
            beating == null ? Trouble.DEAF : beating.silence(),
            "no heartbeat was heard for "
                + text(Duration.ofNanos(silentNanos))
                + why.map(w -> "; the last one could not be sent: " + w).orElse(""));
      } finally {
        lock.unlock();
      }
    }
  }
}
