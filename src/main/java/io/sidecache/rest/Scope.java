/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.http.HttpServerRequest;

/** Where an invalidation takes effect. */
enum Scope {
  /** In all sidecars of the database, by way of PostgreSQL. */
  EVERYWHERE,
  /** In this sidecar. */
  LOCAL;

  /**
   * What the query of a request asks for.
   *
   * @throws ProblemException where it asks for something else
   */
  static Scope of(HttpServerRequest request) {
    String scope;
    try {
      scope = request.getParam("scope");
    } catch (IllegalArgumentException notPercentEncoded) {
      // Not passed on: its message quotes the target, which holds the key.
      throw invalid("the query must be percent-encoded UTF-8");
    }
    if (scope == null) {
      return EVERYWHERE;
    }
    if (scope.equals("local")) {
      return LOCAL;
    }
    throw invalid("scope must be local, or left out");
  }

  private static ProblemException invalid(String rule) {
    return new ProblemException(Problem.invalidRequest(rule));
  }
}
