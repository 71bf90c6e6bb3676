/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;

/**
 * What stands in front of every handler of the API but the webhooks in, which are signed. It lets a
 * request pass, or answers it with a problem.
 */
public sealed interface ApiGuard extends Handler<RoutingContext>
    permits BearerGuard, BrowserGuard {}
