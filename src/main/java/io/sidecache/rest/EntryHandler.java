/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.cache.NamedCache;
import io.sidecache.source.InvalidationSource;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Serves {@code /v1/caches/{cache}/entries} and the entries below it, and leaves all other paths to
 * the router.
 *
 * <p>Runs on the event loop and never blocks: a hit costs no other thread.
 */
final class EntryHandler implements Handler<RoutingContext> {
  private static final Logger LOG = Logger.getLogger(EntryHandler.class);
  private static final String ENTRY_METHODS = "GET, HEAD, PUT, DELETE";
  private static final String ALL_METHODS = "DELETE";

  private final Caches caches;
  private final EntryReads reads;
  private final EntryFills fills;
  private final EntryInvalidations invalidations;

  EntryHandler(Caches caches, InvalidationSource source) {
    this(caches, source, PositionWaits.MOST_WAITING);
  }

  EntryHandler(Caches caches, InvalidationSource source, int mostWaiting) {
    this.caches = caches;
    this.reads = new EntryReads(caches.freshness(), new PositionWaits(source, mostWaiting));
    this.fills = new EntryFills();
    this.invalidations = new EntryInvalidations(caches, source);
  }

  @Override
  public void handle(RoutingContext context) {
    try {
      dispatch(context);
    } catch (RuntimeException e) {
      // Quarkus's own handler of failures logs the target, which holds the key.
      LOG.error("a request for an entry failed in an unforeseen way", e);
      Responses.problem(context.request(), Problem.internal(), null);
    }
  }

  private void dispatch(RoutingContext context) {
    HttpServerRequest request = context.request();
    switch (EntryPath.parse(request.path())) {
      case EntryPath.Other ignored -> context.next();
      case EntryPath.Malformed malformed ->
          Responses.problem(request, Problem.invalidKey(malformed.rule()), null);
      case EntryPath.AllEntries all -> serveAll(context, all);
      case EntryPath.OneEntry one -> {
        Optional<NamedCache> cache = caches.find(one.cache());
        if (cache.isPresent()) {
          serve(context, cache.get(), one.key());
        } else {
          Responses.problem(request, Problem.unknownCache(), null);
        }
      }
    }
  }

  private void serve(RoutingContext context, NamedCache cache, String key) {
    HttpServerRequest request = context.request();
    switch (request.method().name()) {
      case "GET", "HEAD" -> reads.serve(context, cache, key);
      case "PUT" -> fills.serve(request, cache, key);
      case "DELETE" -> invalidations.key(context, cache, key);
      default -> notAllowed(request, ENTRY_METHODS);
    }
  }

  private void serveAll(RoutingContext context, EntryPath.AllEntries all) {
    HttpServerRequest request = context.request();
    Optional<NamedCache> cache = caches.find(all.cache());
    if (cache.isEmpty()) {
      Responses.problem(request, Problem.unknownCache(), null);
    } else if (request.method().name().equals("DELETE")) {
      invalidations.all(context, cache.get());
    } else {
      notAllowed(request, ALL_METHODS);
    }
  }

  private static void notAllowed(HttpServerRequest request, String allowed) {
    request.response().putHeader(HttpHeaders.ALLOW, allowed);
    Responses.problem(request, Problem.methodNotAllowed(allowed), null);
  }
}
