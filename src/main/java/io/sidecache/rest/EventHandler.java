/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.stream.EventStream;
import io.sidecache.stream.StreamFilter;
import io.sidecache.stream.StreamPosition;
import io.sidecache.stream.Subscription;
import io.smallrye.common.vertx.VertxContext;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Serves {@code GET /v1/events}: server-sent events (WHATWG HTML). Runs on the event loop. */
final class EventHandler implements Handler<RoutingContext> {
  private static final Logger LOG = Logger.getLogger(EventHandler.class);
  private static final String METHODS = "GET, HEAD";
  private static final String LAST_EVENT_ID = "last-event-id";
  private static final Set<String> PARAMETERS = Set.of("cache", "group", "include", LAST_EVENT_ID);
  private static final int MOST_NAMES = 100;
  private static final int LONGEST_NAME = 512;

  private final Caches caches;
  private final EventStream stream;

  EventHandler(Caches caches, EventStream stream) {
    this.caches = caches;
    this.stream = stream;
  }

  /** One event loop; equal for all requests that it serves. */
  private record Loop(Context root) implements Executor {
    @Override
    public void execute(Runnable task) {
      root.runOnContext(ignored -> task.run());
    }
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    try {
      switch (request.method().name()) {
        case "GET" -> subscribe(context, read(request));
        case "HEAD" -> {
          read(request);
          head(request.response()).end();
        }
        default -> Responses.notAllowed(request, METHODS, null);
      }
    } catch (ProblemException e) {
      Responses.problem(request, e.problem(), null);
    } catch (RuntimeException e) {
      // Quarkus's own handler of failures logs the target, which may hold a group.
      LOG.error("a request for events failed in an unforeseen way", e);
      Responses.problem(request, Problem.internal(), null);
    }
  }

  private void subscribe(RoutingContext context, EventStream.Request wanted) {
    HttpServerRequest request = context.request();
    HttpServerResponse response = request.response();
    ResponseOutlet outlet = new ResponseOutlet(request);
    Loop loop = new Loop(VertxContext.getRootContext(context.vertx().getOrCreateContext()));
    head(response).setChunked(true);
    Optional<Subscription> subscription = stream.subscribe(wanted, outlet, loop);
    if (subscription.isEmpty()) {
      response.setChunked(false).headers().clear();
      response.putHeader(HttpHeaders.RETRY_AFTER, "5");
      Responses.problem(
          request,
          new Problem(
              503, "too-many-subscribers", "Too many subscribers", "the sidecar serves no more"),
          null);
      return;
    }
    Subscription reader = subscription.get();
    response.drainHandler(ignored -> reader.writable());
    response.exceptionHandler(failure -> {}); // the close handler follows
    response.closeHandler(ignored -> reader.gone());
    response.endHandler(ignored -> reader.gone());
  }

  private static HttpServerResponse head(HttpServerResponse response) {
    return response
        .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader("X-Accel-Buffering", "no")
        .putHeader(Headers.CONTENT_TYPE_OPTIONS, Headers.NOSNIFF);
  }

  private EventStream.Request read(HttpServerRequest request) {
    MultiMap parameters;
    try {
      parameters = request.params();
    } catch (IllegalArgumentException notPercentEncoded) {
      throw invalid("the query must be percent-encoded UTF-8");
    }
    for (String name : parameters.names()) {
      if (!PARAMETERS.contains(name)) {
        throw invalid("the query may have cache, group, include and last-event-id");
      }
    }
    Set<String> cacheNames = names(parameters.getAll("cache"));
    if (cacheNames.stream().anyMatch(name -> caches.find(name).isEmpty())) {
      throw new ProblemException(Problem.unknownCache());
    }
    return new EventStream.Request(
        new StreamFilter(cacheNames, names(parameters.getAll("group"))),
        includesValue(parameters.getAll("include")),
        after(
            Optional.ofNullable(request.getHeader("Last-Event-ID"))
                .orElse(parameters.get(LAST_EVENT_ID))));
  }

  private static Set<String> names(List<String> given) {
    if (given.size() > MOST_NAMES
        || given.stream().anyMatch(name -> name.isEmpty() || name.length() > LONGEST_NAME)) {
      throw invalid(
          "cache and group stand at most %d times, with 1 to %d characters"
              .formatted(MOST_NAMES, LONGEST_NAME));
    }
    return new HashSet<>(given);
  }

  private static boolean includesValue(List<String> given) {
    if (!given.stream().allMatch("value"::equals)) {
      throw invalid("include must be value, or left out");
    }
    return !given.isEmpty();
  }

  /**
   * Where a reader stopped. What is no position of ours gets a reset as an old one does: it may be
   * one of another version's, and a browser that is answered 400 never comes back.
   */
  static Optional<StreamPosition> after(@Nullable String text) {
    if (text == null || text.isBlank()) {
      return Optional.empty();
    }
    try {
      return Optional.of(StreamPosition.parse(text.strip()));
    } catch (IllegalArgumentException notOurs) {
      return Optional.of(StreamPosition.ELSEWHERE);
    }
  }

  private static ProblemException invalid(String rule) {
    return new ProblemException(Problem.invalidRequest(rule));
  }
}
