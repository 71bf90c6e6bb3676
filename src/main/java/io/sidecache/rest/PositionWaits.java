/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.invalidation.Position;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.PositionAheadException;
import io.sidecache.source.SourceUnavailableException;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The readers that wait for the position of a commit, {@code Sidecache-After}. A limited number of
 * them; the rest are turned away at once. Safe from any thread, never blocks.
 */
final class PositionWaits {
  /** How many may wait: fewer than the source takes, so that those who publish find room. */
  static final int MOST_WAITING = 5_000;

  private static final Logger LOG = Logger.getLogger(PositionWaits.class);

  private final InvalidationSource source;
  private final int mostWaiting;
  private final AtomicInteger waiting = new AtomicInteger();

  /** What became of a wait. */
  enum Outcome {
    /** Everything committed up to the position has been applied. */
    REACHED,
    /** Nothing proved that within the barrier timeout. */
    NOT_IN_TIME,
    /** The server has not written up to the position: it is of another server or made up. */
    AHEAD,
    /** Too many wait already. */
    CROWDED,
    /** Something unforeseen, which has been logged. */
    FAILED
  }

  PositionWaits(InvalidationSource source, int mostWaiting) {
    this.source = source;
    this.mostWaiting = mostWaiting;
  }

  /**
   * The position that a request names, as {@code pg_lsn} counts it.
   *
   * @throws ProblemException where it names something else
   */
  static OptionalLong position(HttpServerRequest request) {
    List<String> fields = request.headers().getAll(Headers.AFTER);
    if (fields.isEmpty()) {
      return OptionalLong.empty();
    }
    if (fields.size() > 1) {
      throw malformed();
    }
    try {
      return OptionalLong.of(Position.parseLsn(fields.getFirst().strip()));
    } catch (IllegalArgumentException notALocation) {
      throw malformed();
    }
  }

  private static ProblemException malformed() {
    return new ProblemException(
        Problem.invalidRequest("Sidecache-After must be one WAL location, such as 16/B374D848"));
  }

  /** Waits; the result never fails, and comes on any thread. */
  CompletionStage<Outcome> await(long position) {
    if (waiting.incrementAndGet() > mostWaiting) {
      waiting.decrementAndGet();
      return CompletableFuture.completedStage(Outcome.CROWDED);
    }
    return source
        .await(position)
        .handle(
            (done, failure) -> {
              waiting.decrementAndGet();
              return outcome(failure);
            });
  }

  private static Outcome outcome(@Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    return switch (cause) {
      case null -> Outcome.REACHED;
      case PositionAheadException ignored -> Outcome.AHEAD;
      case SourceUnavailableException ignored -> Outcome.NOT_IN_TIME;
      default -> {
        LOG.error("the wait for a position failed in an unforeseen way", cause);
        yield Outcome.FAILED;
      }
    };
  }
}
