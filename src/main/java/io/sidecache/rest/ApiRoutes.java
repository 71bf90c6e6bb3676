/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.source.InvalidationSource;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** Puts the entries before, and the answer to unknown paths behind, all other routes. */
@Singleton
class ApiRoutes {
  private static final Logger LOG = Logger.getLogger(ApiRoutes.class);

  static final int FIRST = Integer.MIN_VALUE / 2;
  static final int LAST = Integer.MAX_VALUE;

  private final ApiGuard guard;
  private final EntryHandler entries;
  private final PageHandler page = new PageHandler();

  @Inject
  ApiRoutes(ApiGuard guard, Caches caches, InvalidationSource source) {
    this.guard = guard;
    this.entries = new EntryHandler(caches, source);
  }

  void install(@Observes Router router) {
    // The live stream stands at FIRST, behind the guard.
    router.route().order(FIRST - 1).handler(this::handle);
    router
        .route()
        .order(LAST)
        .handler(context -> Responses.problem(context.request(), Problem.notFound(), null));
    // Before Quarkus's own handler of failures, which logs the target with the key in it.
    router.route().order(FIRST - 3).failureHandler(ApiRoutes::failed);
    // What the router itself refuses, such as a path that cannot be decoded.
    router.errorHandler(
        400,
        context ->
            Responses.problem(
                context.request(), Problem.invalidRequest("the request line is malformed"), null));
  }

  /** In one route: to go from one to the next costs more than what these do for a hit. */
  private void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (!page.answers(request) && guard.admits(request)) {
      entries.handle(context);
    }
  }

  /**
   * Whether the path cannot be normalised. What asks for that before our handlers, such as
   * Quarkus's access log with an exclude pattern (always there in the development mode), fails
   * then.
   */
  private static boolean isMalformed(RoutingContext context) {
    try {
      context.normalizedPath();
      return false;
    } catch (IllegalArgumentException malformed) {
      return true;
    }
  }

  private static void failed(RoutingContext context) {
    int status = context.statusCode();
    if (status == 413) {
      Responses.problem(context.request(), Problem.bodyTooLarge(), null);
    } else if ((status >= 400 && status < 500) || isMalformed(context)) {
      Responses.problem(
          context.request(), Problem.invalidRequest("the request is malformed"), null);
    } else {
      LOG.error("a request failed in an unforeseen way", context.failure());
      Responses.problem(context.request(), Problem.internal(), null);
    }
  }
}
