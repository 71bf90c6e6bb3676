/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import io.sidecache.webhook.PeerClient.Answer;
import io.sidecache.webhook.PeerClient.UndeliveredException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One peer: its queue, and the thread that empties it. Messages go out one after the other; the
 * next is not sent before the last was taken, given up or replaced by a reset, which keeps the
 * order.
 *
 * <p>The circuit is a count of failures in a row. At {@code mostAttempts} it opens: the message is
 * given up, a reset stands for it and for all that waits, and that reset is tried at the slowest
 * pace until the peer takes it, which closes the circuit. Since nothing else is sent meanwhile, an
 * open circuit costs one request per wait and the peer's memory stays bounded.
 */
public final class Peer {
  private static final Logger LOG = Logger.getLogger(Peer.class);

  private final PeerSettings settings;
  private final Interest interest;
  private final PeerClient client;
  private final Signer signer;
  private final BatchWriter writer;
  private final Pace pace;
  private final InstantSource wallClock;
  private final Outbox outbox;
  private final DeadLetters deadLetters;
  private final Beats beats;
  private final Thread thread;

  private final LongAdder delivered = new LongAdder();
  private final LongAdder batches = new LongAdder();
  private final LongAdder resets = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private volatile long consecutiveFailures;
  private volatile int inFlight;
  private volatile boolean resetInFlight;
  private volatile boolean disabled;
  private volatile @Nullable Instant lastSuccess;
  private volatile @Nullable String lastFailure;

  /** How an attempt ended. */
  private sealed interface Outcome {
    record Taken(Optional<String> nonce) implements Outcome {}

    record Gone() implements Outcome {}

    record Failed(String reason, Duration atLeast) implements Outcome {}
  }

  Peer(
      PeerSettings settings,
      PeerClient client,
      Signer signer,
      BatchWriter writer,
      Webhooks.Surroundings surroundings) {
    this.settings = settings;
    this.interest = new Interest(settings.caches(), settings.groups());
    this.client = client;
    this.signer = signer;
    this.writer = writer;
    this.pace = new Pace(settings.retries(), surroundings.random());
    this.wallClock = surroundings.wallClock();
    this.outbox =
        new Outbox(settings.batching(), settings.queueCapacity(), surroundings.nanoClock());
    this.beats = new Beats(outbox, surroundings.nanoClock());
    this.deadLetters = new DeadLetters(settings.deadLetters());
    this.thread =
        Thread.ofVirtual().name("sidecache-webhook-" + settings.name()).unstarted(this::run);
  }

  /** What was configured. */
  public PeerSettings settings() {
    return settings;
  }

  /** How it is doing. Safe from any thread. */
  public PeerFigures figures() {
    Outbox.Figures waiting = outbox.figures();
    return new PeerFigures(
        state(),
        waiting.waiting(),
        outbox.owesReset() || resetInFlight,
        delivered.sum(),
        batches.sum(),
        resets.sum(),
        failures.sum(),
        consecutiveFailures,
        waiting.overflows(),
        waiting.covered(),
        waiting.discarded(),
        deadLetters.size(),
        deadLetters.dropped(),
        Optional.ofNullable(lastSuccess),
        Optional.ofNullable(lastFailure));
  }

  private PeerFigures.State state() {
    if (disabled) {
      return PeerFigures.State.DISABLED;
    }
    if (consecutiveFailures == 0) {
      return PeerFigures.State.OK;
    }
    return isOpen() ? PeerFigures.State.OPEN : PeerFigures.State.RETRYING;
  }

  /** The messages that were given up, oldest first. */
  public List<DeadLetter> deadLetters() {
    return deadLetters.list();
  }

  /**
   * Sends the messages that were given up once more, before what waits.
   *
   * @return how many; they are given up again where the peer does not take them
   */
  public int replay() {
    List<Batch> batches = deadLetters.takeAll();
    outbox.replay(batches);
    return batches.size();
  }

  /** Whether the peer answered 410. */
  public boolean isDisabled() {
    return disabled;
  }

  boolean isInterestedIn(Invalidation invalidation) {
    return interest.covers(invalidation);
  }

  Outbox outbox() {
    return outbox;
  }

  /** A peer that is told of a part alone gets none, since it cannot know what it was not told. */
  void heartbeat(SourceSignal.Heartbeat heartbeat) {
    if (interest.isUnlimited()) {
      beats.heard(heartbeat);
    }
  }

  void start() {
    thread.start();
  }

  /** Waits for the thread to end; tells whether it has. */
  boolean awaitEnd(Duration most) throws InterruptedException {
    return thread.getState() == Thread.State.NEW || thread.join(most);
  }

  /** Ends what is going on, at once. */
  void cut() {
    outbox.cut();
    thread.interrupt();
  }

  /** Evictions that were neither delivered nor covered; for the account at the end. */
  int undelivered() {
    return outbox.figures().waiting() + inFlight;
  }

  private void run() {
    try {
      for (Optional<Outbox.Work> work = outbox.take(); work.isPresent(); work = outbox.take()) {
        send(work.get());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // only cut() does that, and it is the end
    } finally {
      client.close();
    }
  }

  private void send(Outbox.Work work) throws InterruptedException {
    switch (work) {
      case Outbox.Work.Evictions evictions -> deliver(writer.evictions(evictions.events()), false);
      case Outbox.Work.Reset _ -> deliver(writer.reset(), false);
      case Outbox.Work.Heartbeat heartbeat -> {
        deliver(writer.heartbeat(beats.honest(heartbeat.beat())), false);
        beats.done();
      }
      case Outbox.Work.Replay replay -> deliver(replay.batch(), true);
    }
  }

  private void deliver(Batch made, boolean replayed) throws InterruptedException {
    Batch batch = made;
    // What is replayed was covered by a reset long ago, so nothing more is owed for it.
    int events = replayed ? 0 : batch.events();
    inFlight = events;
    resetInFlight = batch.isReset();
    if (isOpen() && !outbox.pause(pace.after(consecutiveFailures))) {
      return;
    }
    for (int attempt = 1; ; attempt++) {
      if (batch.isReset() && outbox.absorbReset() && attempt > 1) {
        // The peer may have taken the last attempt, before what this one stands for was dropped;
        // under the old id it would be a repetition, and ignored.
        batch = writer.reset();
      }
      switch (attempt(batch)) {
        case Outcome.Taken taken -> {
          taken(batch, replayed);
          settled();
          beats.answered(batch.isReset(), taken.nonce());
          return;
        }
        case Outcome.Gone _ -> {
          disable(events);
          settled();
          return;
        }
        case Outcome.Failed failed -> {
          failed(failed);
          if (!batch.isReset() && (attempt >= settings.retries().mostAttempts() || isOpen())) {
            giveUp(batch, replayed, attempt, failed.reason());
            settled();
            return;
          }
          Duration wait = pace.after(consecutiveFailures);
          if (!outbox.pause(wait.compareTo(failed.atLeast()) < 0 ? failed.atLeast() : wait)) {
            return; // cut: what is in flight stays on the account
          }
          if (!replayed && !batch.isReset() && outbox.coverByWaitingReset(events)) {
            settled();
            return;
          }
        }
      }
    }
  }

  private void settled() {
    inFlight = 0;
    resetInFlight = false;
  }

  private Outcome attempt(Batch batch) throws InterruptedException {
    long timestampSeconds = wallClock.instant().getEpochSecond();
    String signature = signer.sign(batch.id(), timestampSeconds, batch.body());
    try {
      return outcome(client.post(batch.id(), timestampSeconds, signature, batch.body()));
    } catch (UndeliveredException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return new Outcome.Failed(String.valueOf(e.getMessage()), Duration.ZERO);
    } catch (RuntimeException e) {
      // A library's own ways to fail. Its message may hold the address, so the type alone is told.
      LOG.debugf(
          "a request to the peer %s failed in an unforeseen way: %s",
          settings.name(), e.getClass().getName());
      return new Outcome.Failed(e.getClass().getSimpleName(), Duration.ZERO);
    }
  }

  private Outcome outcome(Answer answer) {
    int status = answer.status();
    if (status >= 200 && status < 300) {
      return new Outcome.Taken(answer.nonce());
    }
    if (status == 410) {
      return new Outcome.Gone();
    }
    return new Outcome.Failed(
        "status " + status,
        answer
            .retryAfter()
            .flatMap(text -> RetryAfter.parse(text, wallClock.instant()))
            .orElse(Duration.ZERO));
  }

  private void taken(Batch batch, boolean replayed) {
    lastSuccess = wallClock.instant();
    switch (batch.kind()) {
      case RESET -> resets.increment();
      case HEARTBEAT -> {}
      case EVICTIONS -> {
        batches.increment();
        delivered.add(replayed ? 0 : batch.events());
      }
    }
    long failed = consecutiveFailures;
    consecutiveFailures = 0;
    if (failed >= settings.retries().mostAttempts()) {
      LOG.infof("peer %s takes webhooks again, after %d attempts", settings.name(), failed);
    }
  }

  private void disable(int events) {
    disabled = true;
    outbox.shut(events);
    LOG.warnf(
        "peer %s answered 410 (Gone): it is told of nothing more until the next start",
        settings.name());
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread writes it
  private void failed(Outcome.Failed failed) {
    failures.increment();
    lastFailure = failed.reason();
    consecutiveFailures++;
    // One that is made good by a later attempt is counted; it is no transition.
    if (consecutiveFailures == settings.retries().mostAttempts()) {
      LOG.warnf(
          "peer %s has not taken a webhook in %d attempts; the last: %s. It is tried now and then,"
              + " and told to reset when it answers.",
          settings.name(), consecutiveFailures, failed.reason());
    }
  }

  private boolean isOpen() {
    return consecutiveFailures >= settings.retries().mostAttempts();
  }

  private void giveUp(Batch batch, boolean replayed, int attempts, String reason) {
    if (batch.kind() == Batch.Kind.HEARTBEAT) {
      return; // nothing was missed; the next asks for a nonce
    }
    deadLetters.add(batch, wallClock.instant(), attempts, reason);
    if (!replayed) {
      outbox.cover(batch.events());
    }
  }
}
