/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Entry;
import io.sidecache.cache.Loader.LoadException;
import io.sidecache.cache.NamedCache;
import io.sidecache.cache.NamedCache.Loaded;
import io.sidecache.cache.NamedCache.Reading;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Answers {@code GET} and {@code HEAD} of an entry. */
final class EntryReads {
  private static final Logger LOG = Logger.getLogger(EntryReads.class);

  void serve(RoutingContext context, NamedCache cache, String key) {
    HttpServerRequest request = context.request();
    RequestDirectives directives =
        RequestDirectives.parse(request.getHeader(HttpHeaders.CACHE_CONTROL));
    switch (cache.read(key)) {
      case Reading.Hit hit when directives.accepts(hit.ageNanos()) -> hit(request, hit);
      case Reading.Hit hit -> miss(context, cache, key, directives, hit.duringGap(), "request");
      case Reading.Miss miss -> miss(context, cache, key, directives, miss.duringGap(), "uri-miss");
    }
  }

  private static void hit(HttpServerRequest request, Reading.Hit hit) {
    Entry entry = hit.entry();
    if (entry.isNegative()) {
      Responses.problem(
          request, Problem.rowAbsent(), hit.duringGap() ? Headers.HIT_GAP : Headers.HIT_NEGATIVE);
    } else {
      Responses.entry(
          request, entry, hit.ageNanos(), hit.duringGap() ? Headers.HIT_GAP : Headers.HIT);
    }
  }

  private static void miss(
      RoutingContext context,
      NamedCache cache,
      String key,
      RequestDirectives directives,
      boolean duringGap,
      String reason) {
    HttpServerRequest request = context.request();
    CharSequence status = duringGap ? Headers.BYPASS_GAP : "sidecache; fwd=" + reason;
    if (directives.onlyIfCached()) {
      Responses.problem(request, Problem.onlyIfCached(), status);
    } else if (cache.isReadThrough()) {
      load(context, cache, key, directives, reason);
    } else {
      request.response().putHeader(Headers.FILL, cache.token(key));
      Responses.problem(request, Problem.entryAbsent(), status);
    }
  }

  private static void load(
      RoutingContext context,
      NamedCache cache,
      String key,
      RequestDirectives directives,
      String reason) {
    HttpServerRequest request = context.request();
    Context eventLoop = context.vertx().getOrCreateContext();
    cache
        .load(key, directives.noCache(), directives.noStore())
        .whenComplete(
            (loaded, failure) ->
                eventLoop.runOnContext(ignored -> answer(request, reason, loaded, failure)));
  }

  private static void answer(
      HttpServerRequest request,
      String reason,
      @Nullable Loaded loaded,
      @Nullable Throwable failure) {
    if (request.response().closed()) {
      return; // the client has gone
    }
    if (loaded == null) {
      failed(request, reason, failure);
      return;
    }
    CharSequence status = status(reason, loaded);
    if (loaded.entry().isNegative()) {
      Responses.problem(request, Problem.rowAbsent(), status);
    } else {
      Responses.entry(request, loaded.entry(), 0, status);
    }
  }

  private static CharSequence status(String reason, Loaded loaded) {
    if (loaded.duringGap()) {
      return loaded.collapsed() ? Headers.BYPASS_GAP + "; collapsed" : Headers.BYPASS_GAP;
    }
    return "sidecache; fwd="
        + reason
        + (loaded.stored() ? "; stored" : "")
        + (loaded.collapsed() ? "; collapsed" : "");
  }

  private static void failed(
      HttpServerRequest request, String reason, @Nullable Throwable failure) {
    String status = "sidecache; fwd=" + reason + "; detail=load-failed";
    if (failure instanceof LoadException load) {
      String explanation = String.valueOf(load.getMessage());
      switch (load.reason()) {
        case FAILED, TIMED_OUT ->
            Responses.problem(request, Problem.loadFailed(explanation), status);
        case OVERLOADED -> {
          request.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
          Responses.problem(request, Problem.loadOverloaded(explanation), status);
        }
        case UNFIT_KEY -> Responses.problem(request, Problem.invalidKey(explanation), status);
      }
    } else {
      LOG.error("a load failed in an unforeseen way", failure);
      Responses.problem(request, Problem.internal(), status);
    }
  }
}
