/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceUnavailableException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Sends heartbeats on demand, and publishes. At most one demanded heartbeat is being sent; who asks
 * while it is waiting for its connection joins it, who asks later shares the next one.
 *
 * <p>Safe for any thread; what blocks runs on the executor.
 */
final class Barriers {
  private static final Logger LOG = Logger.getLogger(Barriers.class);

  /**
   * Transactions that publish at once. Loads leave one connection of the pool more than these
   * ({@code io.sidecache.app.Wiring}), so that a heartbeat never waits behind a flood of them.
   */
  static final int MOST_PUBLISHING = 2;

  /** Names after which a transaction takes no more callers' invalidations. */
  private static final int ENOUGH_FOR_ONE = 1_000;

  private final Looks looks;
  private final Heartbeats heartbeats;
  private final Waiters waiters;
  private final Executor executor;
  private final Supplier<Optional<Long>> session;
  private final Semaphore publishing = new Semaphore(MOST_PUBLISHING, true);

  /** Who waits for a turn to publish; bounded as the waiters are. */
  private final Queue<Publication> unsent = new ConcurrentLinkedQueue<>();

  private volatile Heartbeats.@Nullable Proven newest;
  private boolean flying;
  private boolean sent;
  private long sentSequence;
  private boolean again;

  /** What one caller wants published. */
  private record Publication(List<Invalidation> invalidations, Waiters.Waiter waiter) {
    /** Its caller has been told that it failed; sending it now only adds to what is late. */
    boolean isLate() {
      return waiter.future().isDone();
    }
  }

  /**
   * Makes it.
   *
   * @param session the connection that hears what is sent now; without one, barriers wait for the
   *     heartbeat that follows the next connection
   */
  Barriers(
      Looks looks,
      Heartbeats heartbeats,
      Waiters waiters,
      Executor executor,
      Supplier<Optional<Long>> session) {
    this.looks = looks;
    this.heartbeats = heartbeats;
    this.waiters = waiters;
    this.executor = executor;
    this.session = session;
  }

  /** Waits for everything that was committed before the call. */
  CompletionStage<Void> barrier() {
    return awaitReached(0);
  }

  /**
   * Waits for everything committed at or before a WAL location. An LSN does not name its history:
   * after a failover that lost commits, one of the new server may lie below what was applied of the
   * old one, until the gap has been noticed.
   */
  CompletionStage<Void> await(long lsn) {
    if (isSettled(lsn)) {
      return CompletableFuture.completedStage(null);
    }
    return awaitReached(lsn);
  }

  private boolean isSettled(long lsn) {
    Heartbeats.Proven proven = newest;
    Optional<Long> now = session.get();
    return proven != null
        && now.isPresent()
        && now.get() == proven.session()
        && Long.compareUnsigned(lsn, proven.settledLsn()) <= 0;
  }

  private CompletionStage<Void> awaitReached(long lsn) {
    Waiters.Waiter waiter;
    boolean start = false;
    synchronized (this) {
      // Sequence numbers are given in the order of sending: from this one on, all are sent later.
      waiter = waiters.awaitFrom(heartbeats.nextSequence(), lsn);
      if (session.get().isPresent()) {
        if (!flying) {
          flying = true;
          sent = false;
          start = true;
        } else if (sent) {
          again = true;
        }
      }
    }
    if (start) {
      run(this::fly);
    }
    return waiter.future().minimalCompletionStage();
  }

  private void run(Runnable task) {
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      // The source is being closed; whoever waits is told by Waiters.closed().
      LOG.debug("not sent, the source is being closed", e);
    }
  }

  private void fly() {
    do {
      try {
        looks.look(this::issueDemanded);
      } catch (SQLException | RuntimeException e) {
        waiters.barrierFailed(failedUpTo(), e);
      }
    } while (flyAgain());
  }

  private synchronized Heartbeats.Beat issueDemanded() {
    Heartbeats.Beat beat = heartbeats.issue(true);
    sent = true;
    sentSequence = beat.sequence();
    return beat;
  }

  /** Up to which sequence number those who wait have lost what they waited for. */
  private synchronized long failedUpTo() {
    return sent ? sentSequence : Long.MAX_VALUE;
  }

  private synchronized boolean flyAgain() {
    flying = again;
    again = false;
    sent = false;
    return flying;
  }

  CompletionStage<Void> publish(List<Invalidation> invalidations) {
    if (invalidations.isEmpty()) {
      return CompletableFuture.completedStage(null);
    }
    Waiters.Waiter waiter = waiters.awaitPublish();
    if (!waiter.future().isDone()) {
      unsent.add(new Publication(List.copyOf(invalidations), waiter));
      run(this::sendUnsent);
    }
    return waiter.future().minimalCompletionStage();
  }

  /** Whoever has the turn takes along those who wait behind him: one commit serves them all. */
  private void sendUnsent() {
    publishing.acquireUninterruptibly(); // each turn ends in time, since its connection's does
    try {
      List<Publication> batch = nextBatch();
      if (!batch.isEmpty()) {
        send(batch);
      }
    } finally {
      publishing.release();
    }
  }

  private List<Publication> nextBatch() {
    List<Publication> batch = new ArrayList<>();
    int names = 0;
    while (names < ENOUGH_FOR_ONE) {
      Publication next = unsent.poll();
      if (next == null) {
        break;
      }
      if (!next.isLate()) {
        batch.add(next);
        names += next.invalidations.size();
      }
    }
    return batch;
  }

  private void send(List<Publication> batch) {
    List<Invalidation> all =
        batch.stream().flatMap(publication -> publication.invalidations.stream()).toList();
    try {
      looks.publish(all, () -> issueFor(batch));
      long next = heartbeats.nextSequence();
      batch.forEach(publication -> waiters.committed(publication.waiter, next));
    } catch (SQLException | RuntimeException e) {
      batch.forEach(publication -> waiters.publishFailed(publication.waiter, e));
    }
  }

  private Heartbeats.Beat issueFor(List<Publication> batch) {
    if (batch.stream().allMatch(Publication::isLate)) {
      throw new SourceUnavailableException("the wait for a connection took too long");
    }
    Heartbeats.Beat beat = heartbeats.issue(true);
    batch.forEach(publication -> waiters.sending(publication.waiter, beat.sequence()));
    return beat;
  }

  /** A heartbeat has been applied by every sink. Called by one thread at a time. */
  void applied(String nonce) {
    heartbeats
        .applied(nonce)
        .ifPresent(
            proven -> {
              newest = proven;
              waiters.applied(proven);
            });
  }
}
