/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus;
import io.sidecache.source.SourceUnavailableException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A source that lives from webhooks alone, for a sidecar without a connection to PostgreSQL.
 *
 * <p>Pushes alone prove nothing: their absence may mean that nothing changed, or that they got
 * lost. So values count as fresh only through a sender's heartbeats, each of which answers a nonce
 * of ours (docs/adr/0019). Without those a gap stays open, and the caches do what {@code on-gap}
 * says.
 *
 * <p>One delivery at a time gives its signals to the sink, on its own thread; the sink being a
 * pipeline that nobody else feeds, they have been applied when {@link #deliver} returns.
 */
public final class WebhookSource implements InvalidationSource, Delivery {
  private static final Logger LOG = Logger.getLogger(WebhookSource.class);
  private static final int PROCESS_BYTES = 8;
  private static final String NO_DATABASE =
      "this sidecar is fed by webhooks and has no database to publish through; ask the relay, or"
          + " use scope=local";

  private final Duration heartbeatTimeout;
  private final LongSupplier nanoClock;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final String process = Nonces.hex(random, PROCESS_BYTES);
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Nonces> nonces = new HashMap<>();
  private @Nullable SignalSink sink;
  private volatile State state;

  /**
   * What is known.
   *
   * @param provenNanos the monotonic time up to which all has been said; null before the first
   *     proof
   * @param heardNanos when that was heard
   * @param freshSince when the gap was closed; null while it is open
   * @param gapNanos when the gap was opened
   * @param gaps how many gaps have been closed
   * @param unknown heartbeats with a nonce that was not ours to that sender
   */
  private record State(
      SourceStatus.State phase,
      @Nullable Long provenNanos,
      long heardNanos,
      @Nullable Instant freshSince,
      long gapNanos,
      long gaps,
      long unknown) {}

  public WebhookSource(Duration heartbeatTimeout, LongSupplier nanoClock, InstantSource clock) {
    this.heartbeatTimeout = heartbeatTimeout;
    this.nanoClock = nanoClock;
    this.clock = clock;
    long nowNanos = nanoClock.getAsLong();
    this.state = new State(SourceStatus.State.NEW, null, nowNanos, null, nowNanos, 0, 0);
  }

  @Override
  public void start(SignalSink signals) {
    lock.lock();
    try {
      sink = signals;
      State now = state;
      state =
          new State(
              SourceStatus.State.LISTENING,
              null,
              now.heardNanos,
              null,
              nanoClock.getAsLong(),
              0,
              0);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public CompletionStage<Void> deliver(String sender, List<Statement> statements) {
    lock.lock();
    try {
      SignalSink signals = sink;
      if (signals == null) {
        return CompletableFuture.failedFuture(
            new SourceUnavailableException("the source is not running"));
      }
      for (Statement statement : statements) {
        switch (statement) {
          case Statement.Change change ->
              signals.accept(new SourceSignal.Changed(change.invalidation(), change.position()));
          case Statement.Beat beat ->
              beat.proof().ifPresent(proof -> proven(sender, proof, signals));
        }
      }
      return CompletableFuture.completedFuture(null);
    } finally {
      lock.unlock();
    }
  }

  private void proven(String sender, Statement.Proof proof, SignalSink signals) {
    State now = state;
    OptionalLong given = noncesOf(sender).use(proof.nonce());
    if (given.isEmpty()) {
      state =
          new State(
              now.phase,
              now.provenNanos,
              now.heardNanos,
              now.freshSince,
              now.gapNanos,
              now.gaps,
              now.unknown + 1);
      return;
    }
    long nowNanos = nanoClock.getAsLong();
    long givenNanos = given.getAsLong();
    if (nowNanos - givenNanos >= heartbeatTimeout.toNanos()) {
      return; // too late to prove anything that still counts
    }
    if (now.provenNanos != null && givenNanos - now.provenNanos <= 0) {
      return; // an older one, overtaken on its way
    }
    boolean closes = now.freshSince == null;
    state =
        new State(
            SourceStatus.State.FRESH,
            givenNanos,
            nowNanos,
            closes ? clock.instant() : now.freshSince,
            now.gapNanos,
            now.gaps + (closes ? 1 : 0),
            now.unknown);
    if (closes) {
      LOG.infof("sender %s proves that its webhooks are complete: values count as fresh", sender);
      signals.accept(new SourceSignal.GapClosed(Duration.ofNanos(nowNanos - now.gapNanos)));
    }
    signals.accept(
        new SourceSignal.Heartbeat(proof.nonce(), proof.position(), proof.snapshot(), givenNanos));
  }

  @Override
  public Optional<String> nonce(String sender) {
    lock.lock();
    try {
      return Optional.of(noncesOf(sender).give());
    } finally {
      lock.unlock();
    }
  }

  private Nonces noncesOf(String sender) {
    return nonces.computeIfAbsent(sender, name -> new Nonces(process, random, nanoClock));
  }

  /**
   * Opens a gap where the last proof has lost its worth. To be called about once a second, to tell
   * those who listen; freshness itself ends with its deadline, whether this is called or not.
   */
  public void tick() {
    lock.lock();
    try {
      SignalSink signals = sink;
      State now = state;
      if (signals == null || now.freshSince == null || now.provenNanos == null) {
        return;
      }
      long nowNanos = nanoClock.getAsLong();
      if (nowNanos - now.provenNanos < heartbeatTimeout.toNanos()) {
        return;
      }
      state =
          new State(
              SourceStatus.State.LISTENING,
              now.provenNanos,
              now.heardNanos,
              null,
              nowNanos,
              now.gaps,
              now.unknown);
      String reason =
          "no sender has proven its webhooks complete within "
              + heartbeatTimeout.toMillis()
              + " ms";
      LOG.warn(reason);
      signals.accept(new SourceSignal.GapOpened(reason));
    } finally {
      lock.unlock();
    }
  }

  /** Never a reason to restart: who is pushed to cannot tell silence from loss by trying again. */
  @Override
  public SourceStatus status() {
    State now = state;
    long nowNanos = nanoClock.getAsLong();
    Long proven = now.provenNanos;
    return new SourceStatus(
        now.phase,
        List.of(),
        Optional.ofNullable(now.freshSince),
        Optional.empty(),
        Duration.ZERO,
        proven == null ? Optional.empty() : Optional.of(Duration.ofNanos(nowNanos - proven)),
        proven == null ? Optional.empty() : Optional.of(Duration.ofNanos(now.heardNanos - proven)),
        Math.max(0, now.gaps - 1),
        now.unknown,
        Optional.empty(),
        now.freshSince != null || now.phase != SourceStatus.State.LISTENING
            ? Optional.empty()
            : Optional.of("no sender proves its webhooks complete"),
        Optional.empty(),
        Map.of());
  }

  /** Always fails: there is nobody to publish to. */
  @Override
  public CompletionStage<Void> publish(List<Invalidation> invalidations) {
    return CompletableFuture.failedFuture(new SourceUnavailableException(NO_DATABASE));
  }

  /** Always fails: a sender cannot be asked. */
  @Override
  public CompletionStage<Void> barrier() {
    return CompletableFuture.failedFuture(new SourceUnavailableException(NO_DATABASE));
  }

  /** Always fails, as {@link #barrier} does. */
  @Override
  public CompletionStage<Void> await(long lsn) {
    return CompletableFuture.failedFuture(new SourceUnavailableException(NO_DATABASE));
  }

  /** Nobody waits for heartbeats here. */
  @Override
  public void heartbeatApplied(SourceSignal.Heartbeat heartbeat) {}

  @Override
  public void close() {
    lock.lock();
    try {
      sink = null;
      State now = state;
      state =
          new State(
              SourceStatus.State.CLOSED,
              now.provenNanos,
              now.heardNanos,
              null,
              now.gapNanos,
              now.gaps,
              now.unknown);
    } finally {
      lock.unlock();
    }
  }
}
