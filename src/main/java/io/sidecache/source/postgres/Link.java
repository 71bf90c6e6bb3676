/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus;
import io.sidecache.source.Trouble;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The listening connection's life: attempts, suitability, LISTEN, the beat, gaps and waits.
 *
 * <p>One {@link Session} stands for one attempt at one host and the connection that comes of it.
 * What an older session still reports is ignored, because it is not the current one. All changes
 * happen under one lock, which is never held while something blocks; a sink must not block either.
 * Notifications of the current session go to the sink without the lock.
 *
 * <p>Longer than our limit of 250 lines: the states share all fields, and taking them apart would
 * spread one lock over several classes.
 */
final class Link {
  private static final Logger LOG = Logger.getLogger(Link.class);
  private static final Duration REMINDER = Duration.ofMinutes(1);
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");
  private static final int MOST_REASONS = 8;

  /** read_only_sql_transaction: LISTEN during recovery (manual, "Hot Standby"). */
  private static final String STANDBY_REFUSES = "25006";

  /** program_limit_exceeded: async.c, "too many notifications in the NOTIFY queue". */
  private static final String QUEUE_FULL = "54000";

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
  private final Troubles troubles;
  private final Consumer<Trouble> onTrouble;
  private final AtomicLong forgedHeartbeats = new AtomicLong();

  private final ReentrantLock lock = new ReentrantLock();
  private volatile SignalSink sink = signal -> {};
  private volatile @Nullable Session current;
  private volatile LinkState state;

  /** Written under the lock; read by the one session that is catching up. */
  private volatile Optional<Cursor> cursor = Optional.empty();

  private final List<String> hostFailures = new ArrayList<>();
  private final Set<String> reasonsTold = new HashSet<>();
  private int failures;
  private boolean started;
  private boolean connectedBefore;
  private long troubledNanos;
  private long reminderNanos;
  private long gapNanos;
  private @Nullable String sendFailure;
  private Trouble sendTrouble = Trouble.UNSENT;

  /**
   * How long things may take.
   *
   * @param interval between two heartbeats
   * @param timeout without a heartbeat, or for an attempt to connect
   * @param backoff between attempts
   * @param useLog whether what a gap missed is looked for in the log
   */
  record Bounds(Duration interval, Duration timeout, Backoff backoff, boolean useLog) {}

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
   * @param troubles counts what goes wrong
   * @param onTrouble told of each of it, under the lock: must neither block nor call back
   */
  Link(
      List<ListenerAddress.Host> hosts,
      Bounds bounds,
      Parts parts,
      Troubles troubles,
      Consumer<Trouble> onTrouble) {
    this.troubles = troubles;
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
        session.abort();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  boolean isListening() {
    return state.isListening();
  }

  SourceStatus status() {
    // The state first: read the other way round, it could be younger than the clock reading.
    LinkState now = state;
    return now.toStatus(reader.channels(), forgedHeartbeats.get(), troubles, nanoClock.getAsLong());
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
    sendFailure = null;
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

  /**
   * Under the lock: tells people once for each kind of reason, and then at most once a minute,
   * until a connection is fresh again.
   */
  private void trouble(String what, String reason) {
    long nowNanos = nanoClock.getAsLong();
    if (reasonsTold.isEmpty()) {
      troubledNanos = nowNanos;
    }
    // Process ids and times differ from one attempt to the next; the kind does not.
    String kind = DIGITS.matcher(reason).replaceAll("0");
    if (reasonsTold.size() < MOST_REASONS && reasonsTold.add(kind)) {
      reminderNanos = nowNanos;
      LOG.warnf("%s: %s. Trying on.", what, reason);
    } else if (nowNanos - reminderNanos >= REMINDER.toNanos()) {
      reminderNanos = nowNanos;
      LOG.warnf(
          "%s for %s, %d attempts failed so far; the last: %s",
          what, text(Duration.ofNanos(nowNanos - troubledNanos)), failures + 1, reason);
    }
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
  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static String text(Duration duration) {
    return duration.toMillis() + " ms";
  }

  /** A heartbeat that waits for the log to be read. */
  private record Held(HeartbeatPayload payload, Heartbeats.Beat beat) {}

  /** One attempt at one host, and its connection. Its fields are guarded by the lock. */
  private final class Session implements ListenConnection.Events {
    private final int hostIndex;
    private final ListenerAddress.Host host;
    private @Nullable ListenConnection connection;
    private @Nullable ServerIdentity identity;
    private boolean listening;
    private @Nullable ServerProbe onTrial;
    private boolean sending;
    private int readings;
    private @Nullable Held held;
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
    private void abort() {
      ListenConnection open = connection;
      if (open != null) {
        open.abort();
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
        onTrial = probe.isPooled() ? probe : null;
        open.listen(reader.channels());
      } finally {
        lock.unlock();
      }
    }

    /**
     * From here on changes are heard. What was missed before is looked for on the executor; until
     * that is done, notifications are passed on already, which is harmless, and heartbeats prove
     * nothing.
     *
     * <p>Through a pooler a heartbeat must be heard first: in session mode it is, in transaction
     * mode LISTEN went to a backend that others use now, and nothing comes.
     */
    @Override
    public void listening() {
      lock.lock();
      try {
        if (isCurrent() && !listening) {
          executor.execute(onTrial == null ? this::catchUp : this::send);
        }
      } finally {
        lock.unlock();
      }
    }

    private void catchUp() {
      try {
        caughtUp(server.catchUp(bounds.useLog() ? cursor : Optional.empty(), this::missed));
      } catch (SQLException e) {
        lost(
            Trouble.LOG,
            "what was missed could not be read: SQLSTATE " + e.getSQLState() + ", " + firstLine(e));
      } catch (RuntimeException e) {
        // A pool may fail in ways of its own.
        lost(Trouble.LOG, "what was missed could not be read: " + firstLine(e));
      }
    }

    /** A change that was missed. One of an attempt that is over does no harm. */
    private void missed(Invalidation change) {
      sink.accept(new SourceSignal.Changed(change, null));
    }

    private void caughtUp(CaughtUp caughtUp) {
      lock.lock();
      try {
        if (!isCurrent() || listening) {
          return;
        }
        if (!caughtUp.server().equals(identity)) {
          end(
              Trouble.OTHER_SERVER,
              "the pool's connection is with "
                  + caughtUp.server()
                  + ", the listening one with "
                  + identity);
          return;
        }
        widen(caughtUp.outcome());
        long nowNanos = nanoClock.getAsLong();
        cursor = Optional.of(caughtUp.cursor());
        listening = true;
        heardNanos = nowNanos;
        sink.accept(new SourceSignal.GapClosed(Duration.ofNanos(nowNanos - gapNanos)));
        state = state.listening(wallClock.instant(), connectedBefore);
        connectedBefore = true;
        timer.schedule(bounds.timeout(), this::checkHearing);
        beat();
      } finally {
        lock.unlock();
      }
    }

    /** Empties what the log says nothing of. */
    private void widen(CaughtUp.Outcome outcome) {
      switch (outcome) {
        case CaughtUp.Outcome.Complete complete -> {
          reader.caches().forEach(cache -> missed(new Invalidation.WholeCache(cache)));
          LOG.infof("caught up: %d rows of the log were missed and applied", complete.rows());
        }
        case CaughtUp.Outcome.Unknown unknown -> {
          missed(new Invalidation.Everything());
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
        reader.read(channel, payload, sink);
      }
    }

    /** Until the log has been read, heartbeats behind this notification prove nothing. */
    private void readLog(String payload) {
      LogReference reference;
      try {
        reference = LogReference.read(payload);
      } catch (UnreadablePayloadException e) {
        reader.read(OwnChannels.INVALIDATION, payload, sink); // which widens, counts and logs it
        return;
      }
      lock.lock();
      try {
        readings++;
        executor.execute(() -> readLog(reference));
      } finally {
        lock.unlock();
      }
    }

    private void readLog(LogReference reference) {
      try {
        server.readTransaction(reference, this::missed);
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
        readings--;
        Held waiting = held;
        if (readings == 0 && waiting != null) {
          held = null;
          heard(waiting.payload(), waiting.beat());
        }
      } finally {
        lock.unlock();
      }
    }

    private void heartbeat(String text) {
      Optional<HeartbeatPayload> payload = HeartbeatPayload.parse(text);
      if (payload.isEmpty()) {
        forgedHeartbeats.incrementAndGet();
        return;
      }
      String nonce = payload.get().nonce();
      if (!heartbeats.isOurs(nonce)) {
        return;
      }
      Optional<Heartbeats.Beat> beat = heartbeats.heard(nonce);
      if (beat.isEmpty()) {
        forgedHeartbeats.incrementAndGet();
        return;
      }
      heard(payload.get(), beat.get());
    }

    private void heard(HeartbeatPayload payload, Heartbeats.Beat beat) {
      lock.lock();
      try {
        if (isCurrent() && onTrial != null) {
          onTrial = null;
          executor.execute(this::catchUp);
          return;
        }
        if (!isCurrent() || !listening) {
          return;
        }
        if (readings > 0) {
          held = new Held(payload, beat); // the newest stands for those before it
          return;
        }
        long nowNanos = nanoClock.getAsLong();
        // One that was long on its way is a barrier still, but proves nothing about now.
        boolean timely = nowNanos - beat.sentNanos() <= bounds.timeout().toNanos();
        sink.accept(
            new SourceSignal.Heartbeat(
                payload.nonce(), payload.position(), payload.snapshot(), beat.sentNanos()));
        cursor = cursor.map(c -> new Cursor(c.history(), payload.snapshot().toString()));
        state = state.heard(nowNanos, beat.sentNanos(), timely);
        if (timely) {
          heardNanos = nowNanos;
          if (freshNanos.isEmpty()) {
            freshNanos = Optional.of(nowNanos);
            reasonsTold.clear();
            LOG.infof(
                "listening to PostgreSQL at %s, %s, on %d channels",
                host, identity, reader.channels().size());
          }
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void lost(String reason) {
      lock.lock();
      try {
        if (isCurrent()) {
          end(whyLost(reason), reason);
        }
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
        if (isCurrent()) {
          end(trouble, reason);
        }
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
        ServerProbe probe = onTrial;
        String why = sendFailure;
        ListenConnection open = connection;
        if (probe == null || open == null) {
          end(Trouble.UNREACHABLE, reason);
        } else if (why != null) {
          end(sendTrouble, "no heartbeat could be sent: " + why);
        } else {
          open.unlisten();
          end(
              Trouble.POOLER,
              "a pooler in transaction or statement mode stands before the server (backend "
                  + probe.backendPid()
                  + " answers for "
                  + probe.protocolPid()
                  + ", and no notification comes through); LISTEN needs a session of its own");
        }
      } finally {
        lock.unlock();
      }
    }

    /** Under the lock. */
    private void end(Trouble trouble, String reason) {
      current = null;
      troubles.count(trouble);
      abort();
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
        String why = sendFailure;
        end(
            why == null ? Trouble.DEAF : sendTrouble,
            "no heartbeat of ours was heard for "
                + text(Duration.ofNanos(silentNanos))
                + (why == null ? "" : "; the last one could not be sent: " + why));
      } finally {
        lock.unlock();
      }
    }

    /** Sends a heartbeat now, unless one is still being sent, and again after the interval. */
    private void beat() {
      lock.lock();
      try {
        if (!isCurrent()) {
          return;
        }
        timer.schedule(bounds.interval(), this::beat);
        if (!sending) {
          sending = true;
          executor.execute(this::send);
        }
      } finally {
        lock.unlock();
      }
    }

    private void send() {
      try {
        sent(server.heartbeat(() -> heartbeats.issue().nonce()));
      } catch (SQLException e) {
        boolean full = QUEUE_FULL.equals(e.getSQLState());
        unsent(
            full ? Trouble.QUEUE_FULL : Trouble.UNSENT,
            "SQLSTATE " + e.getSQLState() + ", " + firstLine(e));
      } catch (RuntimeException e) {
        // A pool may fail in ways of its own; the beat must go on.
        unsent(Trouble.UNSENT, e.getClass().getName() + ", " + firstLine(e));
      }
    }

    private void sent(ServerIdentity by) {
      lock.lock();
      try {
        sending = false;
        sendFailure = null;
        if (isCurrent() && listening && !by.equals(identity)) {
          end(
              Trouble.OTHER_SERVER,
              "the pool's connection is with " + by + ", the listening one with " + identity);
        }
      } finally {
        lock.unlock();
      }
    }

    private void unsent(Trouble trouble, String reason) {
      lock.lock();
      try {
        sending = false;
        if (isCurrent()) {
          sendFailure = reason;
          sendTrouble = trouble;
          state = state.failed("a heartbeat could not be sent: " + reason);
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
