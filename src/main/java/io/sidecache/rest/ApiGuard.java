/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.http.HttpServerRequest;

/** What stands in front of every handler of the API but the webhooks in, which are signed. */
public sealed interface ApiGuard permits BearerGuard, BrowserGuard {
  /** Whether the request may pass; one that may not has been answered with a problem. */
  boolean admits(HttpServerRequest request);
}
