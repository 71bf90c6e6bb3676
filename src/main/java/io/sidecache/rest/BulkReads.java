/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Freshness;
import io.sidecache.cache.NamedCache;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Collection;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Reads many entries of one cache, as so many GETs with the same header fields would. */
final class BulkReads implements BulkHandler.Call {
  static final int MOST_KEYS = 1_000;

  /** Room for so many keys of the greatest length, half of their characters escaped. */
  private static final int LARGEST_BODY = 2 * 1024 * 1024;

  private final Freshness freshness;
  private final PositionWaits waits;

  BulkReads(Freshness freshness, PositionWaits waits) {
    this.freshness = freshness;
    this.waits = waits;
  }

  @Override
  public int largestBody() {
    return LARGEST_BODY;
  }

  @Override
  public CompletionStage<String> answer(HttpServerRequest request, NamedCache cache, byte[] body) {
    RequestDirectives directives =
        RequestDirectives.parse(Headers.combined(request, HttpHeaders.CACHE_CONTROL));
    OptionalLong after = PositionWaits.position(request);
    Collection<String> keys =
        NameLists.read(body, Set.of("keys"), MOST_KEYS).getOrDefault("keys", Set.of());
    boolean proven = after.isEmpty() || isReached(after.getAsLong(), cache);
    BulkRead read = new BulkRead(cache, directives, proven, () -> request.response().closed());
    return CompletableFuture.completedStage(read.answer(keys));
  }

  /**
   * Whether memory may be asked by who names a commit. Where it may not, the database is; where
   * nothing can be loaded, nothing is answered.
   */
  private boolean isReached(long position, NamedCache cache) {
    if (cache.isReadThrough() && !freshness.isFresh()) {
      return false; // no barrier comes back in a gap
    }
    PositionWaits.Outcome outcome = waits.await(position).toCompletableFuture().join();
    return switch (outcome) {
      case REACHED -> true;
      case NOT_IN_TIME -> {
        if (!cache.isReadThrough()) {
          throw unproven("nothing proved in time that it was reached");
        }
        yield false;
      }
      case AHEAD -> throw unproven("the server has not written up to there");
      case CROWDED -> throw new ProblemException(Problem.tooManyWaits());
      case FAILED -> throw new ProblemException(Problem.internal());
    };
  }

  private static ProblemException unproven(String why) {
    return new ProblemException(Problem.positionTimeout(why));
  }
}
