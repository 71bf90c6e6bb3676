/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.InvalidationSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Publishes what senders say to all sidecars of the database, this one included, as if it had come
 * through the HTTP interface. Heartbeats are of no use: the database's own are proof enough.
 */
public final class PublishingDelivery implements Delivery {
  private final InvalidationSource source;

  public PublishingDelivery(InvalidationSource source) {
    this.source = source;
  }

  @Override
  public CompletionStage<Void> deliver(String sender, List<Statement> statements) {
    Set<Invalidation> invalidations = new LinkedHashSet<>();
    for (Statement statement : statements) {
      if (statement instanceof Statement.Change change) {
        invalidations.add(change.invalidation());
      }
    }
    return invalidations.isEmpty()
        ? CompletableFuture.completedFuture(null)
        : source.publish(List.copyOf(invalidations));
  }

  @Override
  public Optional<String> nonce(String sender) {
    return Optional.empty();
  }
}
