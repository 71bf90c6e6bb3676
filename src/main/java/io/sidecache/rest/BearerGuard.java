/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests pass that carry one of the API's bearer tokens (RFC 6750, section 2.1). Stands in
 * front of every other handler of the API.
 */
public final class BearerGuard implements Handler<RoutingContext> {
  private static final String SCHEME = "bearer ";

  private final Predicate<String> accepted;

  /**
   * @param accepted tells whether a token is one of ours, in a time that does not depend on how
   *     much of it is right
   */
  public BearerGuard(Predicate<String> accepted) {
    this.accepted = accepted;
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (isAccepted(request.getHeader(HttpHeaders.AUTHORIZATION))) {
      context.next();
    } else {
      request.response().putHeader("WWW-Authenticate", "Bearer realm=\"sidecache\"");
      Responses.problem(request, Problem.unauthorized(), null);
    }
  }

  boolean isAccepted(@Nullable String authorization) {
    return authorization != null
        && authorization.length() > SCHEME.length()
        && authorization.substring(0, SCHEME.length()).toLowerCase(Locale.ROOT).equals(SCHEME)
        && accepted.test(authorization.substring(SCHEME.length()));
  }
}
