/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Position;
import io.sidecache.source.PositionAheadException;
import io.sidecache.source.SourceUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a heartbeat to be applied. Safe for any thread. Futures complete on the
 * executor, so that nobody's continuation runs on the pipeline's or the timer's thread.
 *
 * <p>Who waits for a barrier is served by any look that was sent after the call and has been proven
 * ({@link Proof}). Who waits for a publish is served by the heartbeat of the same transaction, or
 * by any look that was sent after that transaction had committed: the first may have been lost in a
 * gap, whose end then covers it.
 */
final class Waiters {
  /** Whoever comes beyond that is refused at once, rather than left to time out. */
  private static final int MOST_WAITING = 10_000;

  private final Timer timer;
  private final Executor executor;
  private final Duration timeout;
  private final Supplier<String> liveState;
  private final Set<Waiter> waiting = new LinkedHashSet<>();
  private boolean closed;

  /** What a waiter waits for. */
  enum Kind {
    /** A heartbeat sent after the call. */
    BARRIER,
    /** A transaction of its own. */
    PUBLISH
  }

  /** One who waits. Guarded by the set that holds it. */
  static final class Waiter {
    private final Kind kind;
    private final CompletableFuture<Void> future = new CompletableFuture<>();
    private long ownSequence;
    private long sufficientSequence;
    private final long neededLsn;
    private Timer.Cancellable timeout = () -> {};

    private Waiter(Kind kind, long sufficientSequence, long neededLsn) {
      this.kind = kind;
      this.sufficientSequence = sufficientSequence;
      this.neededLsn = neededLsn;
    }

    private boolean servedBy(Heartbeats.Proven proven) {
      return (proven.own() && proven.sequence() == ownSequence)
          || proven.sequence() >= sufficientSequence;
    }

    /** A look that was sent after the call has read the server's end, so waiting on is no use. */
    private void serve(Heartbeats.Proven proven) {
      if (Long.compareUnsigned(neededLsn, proven.lsn()) > 0) {
        future.completeExceptionally(
            new PositionAheadException(
                "the server has written up to "
                    + Position.lsnText(proven.lsn())
                    + ", which is before "
                    + Position.lsnText(neededLsn)));
      } else {
        future.complete(null);
      }
    }

    CompletableFuture<Void> future() {
      return future;
    }
  }

  /**
   * Makes an empty set.
   *
   * @param liveState says in a few words what the source is doing, for messages
   */
  Waiters(Timer timer, Executor executor, Duration timeout, Supplier<String> liveState) {
    this.timer = timer;
    this.executor = executor;
    this.timeout = timeout;
    this.liveState = liveState;
  }

  /**
   * Adds one who is served by any look from this sequence number on.
   *
   * @param lsn the WAL location that the server must have reached by then
   */
  Waiter awaitFrom(long sequence, long lsn) {
    return add(new Waiter(Kind.BARRIER, sequence, lsn));
  }

  /** Adds one whose transaction is still to be sent. */
  Waiter awaitPublish() {
    return add(new Waiter(Kind.PUBLISH, Long.MAX_VALUE, 0));
  }

  private synchronized Waiter add(Waiter waiter) {
    if (closed || waiting.size() >= MOST_WAITING) {
      waiter.future.completeExceptionally(
          new SourceUnavailableException(
              closed ? "the source is closed" : MOST_WAITING + " callers wait already"));
      return waiter;
    }
    waiting.add(waiter);
    waiter.timeout = timer.schedule(timeout, () -> timedOut(waiter));
    return waiter;
  }

  /** The waiter's transaction is being sent with this heartbeat in it. */
  synchronized void sending(Waiter waiter, long sequence) {
    waiter.ownSequence = sequence;
  }

  /** The waiter's transaction has committed; heartbeats from this number on are sent later. */
  synchronized void committed(Waiter waiter, long nextSequence) {
    waiter.sufficientSequence = nextSequence;
  }

  /** A heartbeat has been applied. */
  void applied(Heartbeats.Proven proven) {
    List<Waiter> served = take(waiter -> waiter.servedBy(proven));
    if (!served.isEmpty()) {
      executor.execute(() -> served.forEach(waiter -> waiter.serve(proven)));
    }
  }

  /** A heartbeat could not be sent: those who can only have waited for it are told. */
  void barrierFailed(long upToSequence, Throwable cause) {
    fail(
        take(waiter -> waiter.kind == Kind.BARRIER && waiter.sufficientSequence <= upToSequence),
        "the barrier could not be sent",
        cause);
  }

  /** A transaction could not be sent, or nobody knows whether it was. */
  void publishFailed(Waiter failed, Throwable cause) {
    fail(take(waiter -> waiter == failed), "the invalidations could not be published", cause);
  }

  /** Nobody will be served any more. */
  void closed() {
    synchronized (this) {
      closed = true;
    }
    fail(take(waiter -> true), "the source was closed", null);
  }

  /** How many wait. */
  synchronized int size() {
    return waiting.size();
  }

  private void timedOut(Waiter late) {
    for (Waiter waiter : take(candidate -> candidate == late)) {
      String message =
          "no barrier came back within " + timeout.toMillis() + " ms; " + liveState.get();
      executor.execute(
          () -> waiter.future.completeExceptionally(new SourceUnavailableException(message)));
    }
  }

  private synchronized List<Waiter> take(Predicate<Waiter> wanted) {
    List<Waiter> taken = new ArrayList<>();
    waiting.removeIf(waiter -> wanted.test(waiter) && taken.add(waiter));
    taken.forEach(waiter -> waiter.timeout.cancel());
    return taken;
  }

  private void fail(List<Waiter> failed, String what, @Nullable Throwable cause) {
    if (failed.isEmpty()) {
      return;
    }
    String message = what + "; " + liveState.get();
    SourceUnavailableException failure =
        cause == null
            ? new SourceUnavailableException(message)
            : new SourceUnavailableException(message, cause);
    executor.execute(() -> failed.forEach(waiter -> waiter.future.completeExceptionally(failure)));
  }
}
