/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Freshness;
import io.sidecache.cache.Loader.LoadException;
import io.sidecache.cache.Loader.Reason;
import io.sidecache.cache.NamedCache;
import io.sidecache.cache.NamedCache.Loaded;
import io.sidecache.cache.NamedCache.Reading;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.OptionalLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@code GET} and {@code HEAD} of an entry.
 *
 * <p>A read that names a commit in {@code Sidecache-After} waits until everything up to there has
 * been applied, and is served as any other then. Where that cannot be proven, memory is not asked.
 */
final class EntryReads {
  private static final Logger LOG = Logger.getLogger(EntryReads.class);
  static final String UNPROVEN = "request; detail=position-timeout";
  static final String STALE = "stale";

  private final Freshness freshness;
  private final PositionWaits waits;

  EntryReads(Freshness freshness, PositionWaits waits) {
    this.freshness = freshness;
    this.waits = waits;
  }

  /** One request. */
  private record Read(
      RoutingContext context, NamedCache cache, String key, RequestDirectives directives) {
    HttpServerRequest request() {
      return context.request();
    }

    /** Runs it on the request's event loop, unless the client has gone. */
    void resume(Context eventLoop, Runnable answer) {
      eventLoop.runOnContext(
          ignored -> {
            if (request().response().closed()) {
              return; // the client has gone
            }
            try {
              answer.run();
            } catch (RuntimeException e) {
              LOG.error("a read failed in an unforeseen way", e);
              Responses.problem(request(), Problem.internal(), "sidecache");
            }
          });
    }
  }

  void serve(RoutingContext context, NamedCache cache, String key) {
    HttpServerRequest request = context.request();
    Read read =
        new Read(
            context,
            cache,
            key,
            RequestDirectives.parse(Headers.combined(request, HttpHeaders.CACHE_CONTROL)));
    OptionalLong after;
    try {
      after = PositionWaits.position(request);
    } catch (ProblemException malformed) {
      Responses.problem(request, malformed.problem(), "sidecache");
      return;
    }
    if (after.isEmpty()) {
      look(read);
    } else if (cache.isReadThrough() && !freshness.isFresh()) {
      // No barrier comes back in a gap, so what PostgreSQL says now is the soonest answer.
      loadUnproven(read);
    } else {
      Context eventLoop = context.vertx().getOrCreateContext();
      waits
          .await(after.getAsLong())
          .thenAccept(outcome -> read.resume(eventLoop, () -> waited(read, outcome)));
    }
  }

  private void waited(Read read, PositionWaits.Outcome outcome) {
    switch (outcome) {
      case REACHED -> look(read);
      case NOT_IN_TIME -> {
        if (read.cache.isReadThrough()) {
          loadUnproven(read);
        } else {
          unproven(read, Problem.positionTimeout("nothing proved in time that it was reached"));
        }
      }
      case AHEAD ->
          unproven(read, Problem.positionTimeout("the server has not written up to there"));
      case CROWDED -> {
        read.request().response().putHeader(HttpHeaders.RETRY_AFTER, "1");
        Responses.problem(read.request(), Problem.tooManyWaits(), "sidecache");
      }
      case FAILED -> Responses.problem(read.request(), Problem.internal(), "sidecache");
    }
  }

  /** A load that begins now sees the commit, whatever has been applied. */
  private void loadUnproven(Read read) {
    if (read.directives.onlyIfCached()) {
      unproven(read, Problem.onlyIfCached());
    } else {
      read.cache.countPassedBy();
      load(read, true, UNPROVEN);
    }
  }

  private void unproven(Read read, Problem problem) {
    read.cache.countPassedBy();
    Responses.problem(
        read.request(),
        problem,
        freshness.isFresh() ? "sidecache; fwd=" + UNPROVEN : Headers.BYPASS_GAP);
  }

  private static void look(Read read) {
    switch (read.cache.read(read.key)) {
      case Reading.Hit hit when read.directives.accepts(hit) ->
          hit(read.request(), hit, CacheStatus.hit(hit));
      case Reading.Hit hit -> miss(read, hit.duringGap(), "request");
      case Reading.Miss miss -> miss(read, miss.duringGap(), miss.expired() ? STALE : "uri-miss");
    }
  }

  private static void hit(HttpServerRequest request, Reading.Hit hit, CharSequence status) {
    if (hit.entry().isNegative()) {
      Responses.problem(request, Problem.rowAbsent(), status);
    } else {
      Responses.entry(request, hit.entry(), hit.ageNanos(), status);
    }
  }

  private static void miss(Read read, boolean duringGap, String reason) {
    CharSequence status = CacheStatus.miss(duringGap, reason);
    if (read.directives.onlyIfCached()) {
      Responses.problem(read.request(), Problem.onlyIfCached(), status);
    } else if (read.cache.isReadThrough()) {
      load(read, read.directives.noCache(), reason);
    } else {
      read.request().response().putHeader(Headers.FILL, read.cache.token(read.key));
      Responses.problem(read.request(), Problem.entryAbsent(), status);
    }
  }

  private static void load(Read read, boolean anew, String reason) {
    Context eventLoop = read.context.vertx().getOrCreateContext();
    read.cache
        .load(read.key, anew, read.directives.noStore())
        .whenComplete(
            (loaded, failure) ->
                read.resume(eventLoop, () -> answer(read, reason, loaded, failure)));
  }

  private static void answer(
      Read read, String reason, @Nullable Loaded loaded, @Nullable Throwable failure) {
    HttpServerRequest request = read.request();
    if (loaded == null) {
      inPlaceOf(failure, read.cache, read.key, read.directives, reason)
          .ifPresentOrElse(
              kept -> hit(request, kept, CacheStatus.onError(kept)),
              () -> failed(request, reason, failure));
      return;
    }
    if (loaded.entry().isNegative()) {
      Responses.problem(request, Problem.rowAbsent(), CacheStatus.loaded(reason, loaded, false));
    } else {
      boolean known = EntityTags.isKnown(request, loaded.entry());
      Responses.entry(request, loaded.entry(), 0, CacheStatus.loaded(reason, loaded, known));
    }
  }

  /** What memory holds in place of a load that failed, where the cache and the reader accept it. */
  static Optional<Reading.Hit> inPlaceOf(
      @Nullable Throwable failure,
      NamedCache cache,
      String key,
      RequestDirectives directives,
      String reason) {
    return reason.equals(STALE)
            && failure instanceof LoadException load
            && load.reason() != Reason.UNFIT_KEY
        ? cache.readOnError(key).filter(directives::accepts)
        : Optional.empty();
  }

  private static void failed(
      HttpServerRequest request, String reason, @Nullable Throwable failure) {
    Problem problem = Problem.of(failure);
    if (problem.status() == Problem.INTERNAL) {
      LOG.error("a load failed in an unforeseen way", failure);
    } else if (problem.mayBeTriedAgain()) {
      request.response().putHeader(HttpHeaders.RETRY_AFTER, "1");
    }
    Responses.problem(request, problem, CacheStatus.loadFailed(reason));
  }
}
