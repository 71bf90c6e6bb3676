/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus;
import io.sidecache.source.SourceUnavailableException;
import io.sidecache.source.Trouble;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log of changes at each interval, and at once for whoever waits. A reading is a barrier
 * by itself: all that was committed before it began is visible to it.
 *
 * <p>Can be started and stopped again and again; a {@link Run} stands for the time between, and
 * what an older one still brings is dropped. At most one reading is under way; who asks while it is
 * shares the next one. All changes happen under one lock that is not held while something blocks; a
 * sink must not block either. The cursor outlives failures and runs, so that a failure evicts
 * nothing by itself.
 */
final class Polling {
  private static final Logger LOG = Logger.getLogger(Polling.class);
  private static final String NONCE = "poll.";

  private final Bounds bounds;
  private final PolledServer server;
  private final Timer timer;
  private final Executor executor;
  private final LongSupplier nanoClock;
  private final InstantSource wallClock;
  private final TroubleCounts troubles;
  private final Runnable onGapOpened;

  private final ReentrantLock lock = new ReentrantLock();
  private final Set<Trouble> told = EnumSet.noneOf(Trouble.class);
  private volatile @Nullable Run current;
  private volatile LinkState state;
  private volatile long newestLsn;
  private Optional<Cursor> cursor = Optional.empty();
  private long nextSequence = 1;
  private boolean polledBefore;

  /**
   * How long things may take.
   *
   * @param interval from the end of one reading to the next
   * @param backoff after readings that failed
   * @param barrierTimeout how long anyone waits for a reading
   */
  record Bounds(Duration interval, Backoff backoff, Duration barrierTimeout) {}

  Polling(
      Bounds bounds,
      PolledServer server,
      Timer timer,
      Executor executor,
      LongSupplier nanoClock,
      InstantSource wallClock,
      TroubleCounts troubles,
      Runnable onGapOpened) {
    this.bounds = bounds;
    this.server = server;
    this.timer = timer;
    this.executor = executor;
    this.nanoClock = nanoClock;
    this.wallClock = wallClock;
    this.troubles = troubles;
    this.onGapOpened = onGapOpened;
    this.state = LinkState.unstarted(nanoClock.getAsLong());
  }

  /** Starts to read, with a gap that is open. Tells whether it stood still before. */
  boolean start(SignalSink sink) {
    lock.lock();
    try {
      if (current != null || state.state() == SourceStatus.State.CLOSED) {
        return false;
      }
      long nowNanos = nanoClock.getAsLong();
      state = state.started(nowNanos).connecting(nowNanos);
      Run run = new Run(sink, nowNanos);
      current = run;
      run.pollNow();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Stops reading: once this returns, no barrier and no gap comes from here any more. */
  boolean stop() {
    return stop(SourceStatus.State.NEW);
  }

  /** Stops for good; tells whether this call did it. */
  boolean close() {
    boolean was = state.state() == SourceStatus.State.CLOSED;
    stop(SourceStatus.State.CLOSED);
    return !was;
  }

  private boolean stop(SourceStatus.State next) {
    lock.lock();
    try {
      state = state.away(next, nanoClock.getAsLong());
      Run run = current;
      current = null;
      if (run == null) {
        return false;
      }
      run.next.cancel();
      run.waiters.closed();
      return true;
    } finally {
      lock.unlock();
    }
  }

  boolean isRunning() {
    return current != null;
  }

  SourceStatus status() {
    LinkState now = state;
    return now.toStatus(List.of(), 0, troubles, nanoClock.getAsLong());
  }

  CompletionStage<Void> barrier() {
    return await(0);
  }

  /** As a barrier: whoever knows the location has committed before, and a later reading sees it. */
  CompletionStage<Void> await(long lsn) {
    lock.lock();
    try {
      Run run = current;
      if (run == null) {
        return stopped();
      }
      Waiters.Waiter waiter = run.waiters.awaitFrom(nextSequence, lsn);
      run.pollSoon();
      return waiter.future().minimalCompletionStage();
    } finally {
      lock.unlock();
    }
  }

  CompletionStage<Void> publish(List<Invalidation> invalidations) {
    if (invalidations.isEmpty()) {
      return CompletableFuture.completedStage(null);
    }
    lock.lock();
    try {
      Run run = current;
      if (run == null) {
        return stopped();
      }
      Waiters.Waiter waiter = run.waiters.awaitPublish();
      if (!waiter.future().isDone()) {
        executor.execute(() -> run.record(List.copyOf(invalidations), waiter));
      }
      return waiter.future().minimalCompletionStage();
    } finally {
      lock.unlock();
    }
  }

  private static CompletionStage<Void> stopped() {
    return CompletableFuture.failedStage(
        new SourceUnavailableException("the log is not being read"));
  }

  /** A barrier has been applied by every sink; those of other sources are ignored. */
  void applied(String nonce) {
    Run run = current;
    if (run != null && nonce.startsWith(NONCE)) {
      long sequence = Long.parseLong(nonce, NONCE.length(), nonce.length(), 10);
      run.waiters.applied(new Heartbeats.Proven(sequence, false, newestLsn, 0, 0));
    }
  }

  private String describe() {
    LinkState now = state;
    return "state "
        + now.state()
        + now.lastFailure().map(reason -> ", last failure: " + reason).orElse("");
  }

  /** The time from one start to the next stop. Its fields are guarded by the lock. */
  private final class Run {
    private final SignalSink sink;
    private final Waiters waiters;
    private boolean gap = true;
    private long gapNanos;
    private boolean flying;
    private boolean again;
    private int failures;
    private Timer.Cancellable next = () -> {};

    Run(SignalSink sink, long nowNanos) {
      this.sink = sink;
      this.gapNanos = nowNanos;
      Supplier<String> liveState = Polling.this::describe;
      this.waiters = new Waiters(timer, executor, bounds.barrierTimeout(), liveState);
    }

    /** Under the lock: for somebody who waits, unless readings fail now anyway. */
    private void pollSoon() {
      if (flying) {
        again = true;
      } else if (failures == 0) {
        pollNow();
      }
    }

    /** Under the lock. */
    private void pollNow() {
      flying = true;
      next.cancel();
      try {
        executor.execute(this::poll);
      } catch (RejectedExecutionException e) {
        LOG.debug("not read, the source is being closed", e);
      }
    }

    private void timeToPoll() {
      lock.lock();
      try {
        if (current == this && !flying) {
          pollNow();
        }
      } finally {
        lock.unlock();
      }
    }

    private void poll() {
      long sequence;
      long begunNanos;
      Optional<Cursor> since;
      lock.lock();
      try {
        if (current != this) {
          return;
        }
        again = false;
        sequence = nextSequence++;
        begunNanos = nanoClock.getAsLong();
        since = cursor;
      } finally {
        lock.unlock();
      }
      try {
        read(sequence, begunNanos, server.poll(since, this::changed));
      } catch (SQLException e) {
        failed(sequence, PollFailure.of(e), e);
      } catch (RuntimeException e) {
        // A pool may fail in ways of its own; the readings must go on.
        failed(sequence, PollFailure.of(e), e);
      }
    }

    /** One that comes late does no harm. */
    private void changed(SourceSignal.Changed change) {
      sink.accept(change);
    }

    private void read(long sequence, long begunNanos, Polled polled) {
      lock.lock();
      try {
        if (current != this) {
          return;
        }
        long nowNanos = nanoClock.getAsLong();
        polled.broken().ifPresent(this::broken);
        if (gap) {
          gap = false;
          sink.accept(new SourceSignal.GapClosed(Duration.ofNanos(nowNanos - gapNanos)));
          LOG.infof("reading the log of changes every %d ms", bounds.interval().toMillis());
        }
        cursor = Optional.of(polled.cursor());
        newestLsn = polled.position().lsn();
        failures = 0;
        told.clear();
        state = state.polled(wallClock.instant(), polledBefore, nowNanos, begunNanos);
        polledBefore = true;
        sink.accept(
            new SourceSignal.Heartbeat(
                NONCE + sequence, polled.position(), polled.snapshot(), begunNanos));
        landed(bounds.interval());
      } finally {
        lock.unlock();
      }
    }

    /** Empties what the log says nothing of. */
    private void broken(String reason) {
      if (!gap) {
        troubles.count(Trouble.OTHER_SERVER);
        openGap(reason);
      }
      sink.accept(new SourceSignal.Changed(new Invalidation.Everything(), null));
      if (polledBefore) {
        LOG.warnf("all caches were emptied: %s", reason);
      }
    }

    private void failed(long sequence, PollFailure failure, Exception cause) {
      lock.lock();
      try {
        if (current != this) {
          return;
        }
        failures++;
        troubles.count(failure.trouble());
        String reason = "the log of changes cannot be read: " + failure.text();
        state = state.failed(reason).away(SourceStatus.State.BACKOFF, nanoClock.getAsLong());
        if (!gap) {
          openGap(reason);
        }
        if (told.add(failure.trouble())) {
          LOG.warnf("%s. Trying on.", reason);
        }
        waiters.barrierFailed(sequence, cause);
        again = false;
        landed(bounds.backoff().delay(failures));
      } finally {
        lock.unlock();
      }
    }

    private void openGap(String reason) {
      gap = true;
      gapNanos = nanoClock.getAsLong();
      sink.accept(new SourceSignal.GapOpened(reason));
      executor.execute(Polling.this::gapOpened);
    }

    private void landed(Duration pause) {
      flying = false;
      if (again) {
        pollNow();
      } else {
        next = timer.schedule(pause, this::timeToPoll);
      }
    }

    private void record(List<Invalidation> invalidations, Waiters.Waiter waiter) {
      if (waiter.future().isDone()) {
        return; // the caller has been told that it failed
      }
      try {
        server.record(invalidations);
      } catch (SQLException | RuntimeException e) {
        waiters.publishFailed(waiter, e);
        return;
      }
      lock.lock();
      try {
        waiters.committed(waiter, nextSequence);
        if (current == this) {
          pollSoon();
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private void gapOpened() {
    try {
      onGapOpened.run();
    } catch (RuntimeException e) {
      LOG.warn("what should run when a gap opens failed", e);
    }
  }
}
