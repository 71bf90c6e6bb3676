/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.cache.NamedCache;
import io.sidecache.source.InvalidationSource;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.jboss.logging.Logger;

/**
 * Serves {@code /v1/caches/{cache}/entries}, the entries below it and the calls about many of them,
 * and leaves all other paths to the router.
 *
 * <p>Runs on the event loop and never blocks: a hit costs no other thread.
 */
final class EntryHandler implements Handler<RoutingContext> {
  private static final Logger LOG = Logger.getLogger(EntryHandler.class);
  private static final String ENTRY_METHODS = "GET, HEAD, PUT, DELETE";
  private static final String ALL_METHODS = "DELETE";
  private static final String BULK_METHODS = "POST";

  /** The key whose path a bulk read has, too; only its method tells it apart. */
  private static final String BULK_READ = "get";

  private final Caches caches;
  private final EntryReads reads;
  private final EntryFills fills;
  private final EntryInvalidations invalidations;
  private final BulkHandler bulk;
  private final BulkReads bulkReads;
  private final BulkInvalidations bulkInvalidations;

  EntryHandler(Caches caches, InvalidationSource source) {
    this(caches, source, PositionWaits.MOST_WAITING);
  }

  EntryHandler(Caches caches, InvalidationSource source, int mostWaiting) {
    this.caches = caches;
    PositionWaits waits = new PositionWaits(source, mostWaiting);
    this.reads = new EntryReads(caches.freshness(), waits);
    this.fills = new EntryFills();
    this.invalidations = new EntryInvalidations(caches, source);
    this.bulk =
        new BulkHandler(
            Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("sidecache-bulk-", 0).factory()));
    this.bulkReads = new BulkReads(caches.freshness(), waits);
    this.bulkInvalidations = new BulkInvalidations(caches, source);
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    if (request.response().writeQueueFull()) {
      // Answers to requests before this one have not been read: none is added to them.
      request.pause();
      request.response().drainHandler(drained -> resume(context));
    } else {
      answer(context);
    }
  }

  private void resume(RoutingContext context) {
    context.request().response().drainHandler(null);
    answer(context);
    context.request().resume();
  }

  private void answer(RoutingContext context) {
    try {
      dispatch(context);
    } catch (RuntimeException e) {
      // Quarkus's own handler of failures logs the target, which holds the key.
      LOG.error("a request for an entry failed in an unforeseen way", e);
      Responses.problem(context.request(), Problem.internal(), Headers.NEITHER);
    }
  }

  private void dispatch(RoutingContext context) {
    HttpServerRequest request = context.request();
    switch (EntryPath.parse(request.path())) {
      case EntryPath.Other ignored -> context.next();
      case EntryPath.Malformed malformed ->
          Responses.problem(request, Problem.invalidKey(malformed.rule()), Headers.NEITHER);
      case EntryPath.AllEntries all ->
          find(request, all.cache()).ifPresent(cache -> serveAll(context, cache));
      case EntryPath.Invalidations many ->
          find(request, many.cache()).ifPresent(cache -> serveInvalidations(context, cache));
      case EntryPath.OneEntry one ->
          find(request, one.cache())
              .ifPresent(cache -> serve(context, cache, cache.written(one.key())));
    }
  }

  private Optional<NamedCache> find(HttpServerRequest request, String name) {
    Optional<NamedCache> cache = caches.find(name);
    if (cache.isEmpty()) {
      Responses.problem(request, Problem.unknownCache(), Headers.NEITHER);
    }
    return cache;
  }

  private void serve(RoutingContext context, NamedCache cache, String key) {
    HttpServerRequest request = context.request();
    switch (request.method().name()) {
      case "GET", "HEAD" -> reads.serve(context, cache, key);
      case "PUT" -> fills.serve(request, cache, key);
      case "DELETE" -> invalidations.key(context, cache, key);
      case "POST" -> {
        if (key.equals(BULK_READ)) {
          bulk.serve(context, cache, bulkReads);
        } else {
          notAllowed(request, ENTRY_METHODS);
        }
      }
      default -> notAllowed(request, ENTRY_METHODS);
    }
  }

  private void serveAll(RoutingContext context, NamedCache cache) {
    if (context.request().method().name().equals("DELETE")) {
      invalidations.all(context, cache);
    } else {
      notAllowed(context.request(), ALL_METHODS);
    }
  }

  private void serveInvalidations(RoutingContext context, NamedCache cache) {
    if (context.request().method().name().equals("POST")) {
      bulk.serve(context, cache, bulkInvalidations);
    } else {
      notAllowed(context.request(), BULK_METHODS);
    }
  }

  private static void notAllowed(HttpServerRequest request, String allowed) {
    Responses.notAllowed(request, allowed, Headers.NEITHER);
  }
}
