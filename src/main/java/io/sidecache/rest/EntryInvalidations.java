/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.cache.NamedCache;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SourceUnavailableException;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Answers {@code DELETE}: everywhere by way of PostgreSQL, or in this sidecar alone. */
final class EntryInvalidations {
  private static final Logger LOG = Logger.getLogger(EntryInvalidations.class);

  private final Caches caches;
  private final InvalidationSource source;

  EntryInvalidations(Caches caches, InvalidationSource source) {
    this.caches = caches;
    this.source = source;
  }

  void key(RoutingContext context, NamedCache cache, String key) {
    invalidate(context, new Invalidation.Key(cache.settings().name(), key));
  }

  void all(RoutingContext context, NamedCache cache) {
    invalidate(context, new Invalidation.WholeCache(cache.settings().name()));
  }

  private void invalidate(RoutingContext context, Invalidation invalidation) {
    HttpServerRequest request = context.request();
    try {
      switch (Scope.of(request)) {
        case EVERYWHERE -> publish(context, invalidation);
        case LOCAL -> {
          caches.invalidate(invalidation);
          Responses.empty(request, 204, Headers.NEITHER);
        }
      }
    } catch (ProblemException malformed) {
      Responses.problem(request, malformed.problem(), Headers.NEITHER);
    }
  }

  private void publish(RoutingContext context, Invalidation invalidation) {
    Context eventLoop = context.vertx().getOrCreateContext();
    source
        .publish(List.of(invalidation))
        .whenComplete(
            (done, failure) ->
                eventLoop.runOnContext(ignored -> answer(context.request(), failure)));
  }

  private static void answer(HttpServerRequest request, @Nullable Throwable failure) {
    if (request.response().closed()) {
      return; // the client has gone
    }
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    if (cause == null) {
      Responses.empty(request, 204, Headers.NEITHER);
    } else if (cause instanceof SourceUnavailableException away) {
      Responses.problem(
          request, Problem.sourceUnavailable(String.valueOf(away.getMessage())), Headers.NEITHER);
    } else {
      LOG.error("an invalidation failed in an unforeseen way", cause);
      Responses.problem(request, Problem.internal(), Headers.NEITHER);
    }
  }
}
