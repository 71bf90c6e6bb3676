/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.source.InvalidationSource;
import io.vertx.ext.web.Router;

/** The entries on a router of the caller's, for the benchmark. */
public final class EntryRoutes {
  private EntryRoutes() {}

  /** Puts the entries on the router, as the application does. */
  public static void install(Router router, Caches caches, InvalidationSource source) {
    router.route().handler(new EntryHandler(caches, source));
  }
}
