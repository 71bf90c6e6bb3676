/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceUnavailableException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/**
 * Sends heartbeats on demand, and publishes. At most one demanded heartbeat is being sent; who asks
 * while it is waiting for its connection joins it, who asks later shares the next one.
 *
 * <p>Safe for any thread; what blocks runs on the executor.
 */
final class Barriers {
  private static final Logger LOG = Logger.getLogger(Barriers.class);

  private final Server server;
  private final Heartbeats heartbeats;
  private final Waiters waiters;
  private final Executor executor;
  private final BooleanSupplier listening;
  private boolean flying;
  private boolean sent;
  private long sentSequence;
  private boolean again;

  /**
   * Makes it.
   *
   * @param listening whether a heartbeat sent now can be heard; if not, barriers wait for the one
   *     that follows the next connection
   */
  Barriers(
      Server server,
      Heartbeats heartbeats,
      Waiters waiters,
      Executor executor,
      BooleanSupplier listening) {
    this.server = server;
    this.heartbeats = heartbeats;
    this.waiters = waiters;
    this.executor = executor;
    this.listening = listening;
  }

  CompletionStage<Void> barrier() {
    Waiters.Waiter waiter;
    boolean start = false;
    synchronized (this) {
      // Sequence numbers are given in the order of sending: from this one on, all are sent later.
      waiter = waiters.awaitFrom(heartbeats.nextSequence());
      if (listening.getAsBoolean()) {
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
        server.look(
            Optional.empty(), Look.Rows.SILENT, () -> Optional.of(issueDemanded()), change -> {});
      } catch (SQLException | RuntimeException e) {
        waiters.barrierFailed(failedUpTo(), e);
      }
    } while (flyAgain());
  }

  private synchronized String issueDemanded() {
    Heartbeats.Beat beat = heartbeats.issue();
    sent = true;
    sentSequence = beat.sequence();
    return beat.nonce();
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
      run(() -> send(List.copyOf(invalidations), waiter));
    }
    return waiter.future().minimalCompletionStage();
  }

  private void send(List<Invalidation> invalidations, Waiters.Waiter waiter) {
    try {
      server.publish(
          invalidations, Optional.empty(), () -> Optional.of(issueFor(waiter)), change -> {});
      waiters.committed(waiter, heartbeats.nextSequence());
    } catch (SQLException | RuntimeException e) {
      waiters.publishFailed(waiter, e);
    }
  }

  private String issueFor(Waiters.Waiter waiter) {
    if (waiter.future().isDone()) {
      // The caller has been told that it failed; sending it now only adds to what is late.
      throw new SourceUnavailableException("the wait for a connection took too long");
    }
    Heartbeats.Beat beat = heartbeats.issue();
    waiters.sending(waiter, beat.sequence());
    return beat.nonce();
  }

  /** A heartbeat has been applied by every sink. */
  void applied(String nonce) {
    heartbeats.applied(nonce).ifPresent(waiters::applied);
  }
}
