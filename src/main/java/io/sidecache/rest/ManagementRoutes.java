/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.quarkus.vertx.http.ManagementInterface;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Puts two things around what Quarkus serves at the management port: reading is all that can be
 * done there, and what is not there is answered with a problem as everywhere else.
 */
@Singleton
class ManagementRoutes {
  private static final String READING = "GET, HEAD";

  void install(@Observes ManagementInterface management) {
    Router router = management.router();
    router.route().order(ApiRoutes.FIRST).handler(ManagementRoutes::requireReading);
    router
        .route()
        .order(ApiRoutes.LAST)
        .handler(context -> Responses.problem(context.request(), Problem.notFound(), null));
  }

  private static void requireReading(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD)) {
      context.next();
    } else {
      Responses.notAllowed(request, READING, null);
    }
  }
}
