/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.source.InvalidationSource;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;

/** Puts the entries before, and the answer to unknown paths behind, all other routes. */
@Singleton
class ApiRoutes {
  static final int FIRST = Integer.MIN_VALUE / 2;
  private static final int LAST = Integer.MAX_VALUE;

  private final Optional<BearerGuard> guard;
  private final EntryHandler entries;
  private final PageHandler page = new PageHandler();

  @Inject
  ApiRoutes(Optional<BearerGuard> guard, Caches caches, InvalidationSource source) {
    this.guard = guard;
    this.entries = new EntryHandler(caches, source);
  }

  void install(@Observes Router router) {
    guard.ifPresent(handler -> router.route().order(FIRST - 1).handler(handler));
    router.route().order(FIRST - 2).handler(page);
    router.route().order(FIRST).handler(entries);
    router
        .route()
        .order(LAST)
        .handler(context -> Responses.problem(context.request(), Problem.notFound(), null));
    // What the router itself refuses, such as a path that cannot be decoded.
    router.errorHandler(
        400,
        context ->
            Responses.problem(
                context.request(), Problem.invalidRequest("the request line is malformed"), null));
  }
}
