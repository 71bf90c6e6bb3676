/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import io.sidecache.invalidation.Invalidation;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The door for webhooks: lets in what a configured sender signed, once, and delivers what it says.
 * Safe from any thread; checking a message of a megabyte takes milliseconds, so not for event
 * loops.
 */
public final class WebhookReceiver {
  private final Map<String, Sender> senders = new TreeMap<>();
  private final Delivery delivery;

  private static final class Sender {
    private final Signatures signatures;
    private final RecentMessages recent;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder untrusted = new LongAdder();
    private final LongAdder notUnderstood = new LongAdder();
    private final LongAdder replayed = new LongAdder();
    private final LongAdder failed = new LongAdder();

    private Sender(Signatures signatures, RecentMessages recent) {
      this.signatures = signatures;
      this.recent = recent;
    }
  }

  /**
   * Makes the door.
   *
   * @param keys the keys that each sender may sign with, by the sender's name
   * @param clock tells how old a message is
   * @param nanoClock tells how long ids are remembered
   */
  public WebhookReceiver(
      Map<String, List<byte[]>> keys,
      Delivery delivery,
      InstantSource clock,
      LongSupplier nanoClock) {
    this.delivery = delivery;
    keys.forEach(
        (name, list) ->
            senders.put(
                name, new Sender(new Signatures(list, clock), new RecentMessages(nanoClock))));
  }

  /** Whether there is a sender of this name. */
  public boolean knows(String sender) {
    return senders.containsKey(sender);
  }

  /**
   * Checks a message and applies it.
   *
   * @return completes once it has been applied or refused; fails with {@link
   *     io.sidecache.source.SourceUnavailableException} where it could not be applied now
   * @throws IllegalArgumentException where there is no such sender
   */
  public CompletionStage<Receipt> receive(String name, WebhookMessage message) {
    Sender sender = senders.get(name);
    if (sender == null) {
      throw new IllegalArgumentException("there is no such sender");
    }
    Optional<String> refusal = sender.signatures.refusal(message);
    if (refusal.isPresent()) {
      sender.untrusted.increment();
      return CompletableFuture.completedFuture(new Receipt.Untrusted(refusal.get()));
    }
    List<Statement> statements;
    try {
      statements = EventBatch.read(message.body());
    } catch (NotUnderstoodException e) {
      sender.notUnderstood.increment();
      return CompletableFuture.completedFuture(
          new Receipt.NotUnderstood(String.valueOf(e.getMessage())));
    }
    return once(name, sender, message.id().orElseThrow(), statements)
        .thenApply(done -> new Receipt.Applied(delivery.nonce(name)));
  }

  private CompletionStage<Void> once(
      String name, Sender sender, String id, List<Statement> statements) {
    CompletableFuture<Void> outcome = new CompletableFuture<>();
    boolean reset =
        statements.stream()
            .anyMatch(
                statement ->
                    statement instanceof Statement.Change change
                        && change.invalidation() instanceof Invalidation.Everything);
    Optional<CompletableFuture<Void>> before = sender.recent.enter(id, reset, outcome);
    if (before.isPresent()) {
      sender.replayed.increment();
      return before.get();
    }
    CompletionStage<Void> delivered;
    try {
      delivered = delivery.deliver(name, statements);
    } catch (RuntimeException e) {
      delivered = CompletableFuture.failedFuture(e);
    }
    delivered.whenComplete(
        (done, failure) -> {
          if (reset && failure == null) {
            sender.recent.reset();
          }
          end(sender, id, outcome, failure);
        });
    return outcome;
  }

  private static void end(
      Sender sender, String id, CompletableFuture<Void> outcome, @Nullable Throwable failure) {
    if (failure == null) {
      sender.accepted.increment();
      outcome.complete(null);
    } else {
      sender.failed.increment();
      sender.recent.forget(id);
      outcome.completeExceptionally(failure);
    }
  }

  /** Figures of all senders, by name. */
  public Collection<SenderFigures> figures() {
    List<SenderFigures> figures = new ArrayList<>();
    senders.forEach(
        (name, sender) ->
            figures.add(
                new SenderFigures(
                    name,
                    sender.accepted.sum(),
                    sender.untrusted.sum(),
                    sender.notUnderstood.sum(),
                    sender.replayed.sum(),
                    sender.failed.sum())));
    return figures;
  }
}
