/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.NamedCache;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Answers the calls about many entries: reads the body on the event loop, within limits, and does
 * the rest on a thread of its own, since a long list would hold up those who ask for one entry.
 */
final class BulkHandler {
  /** Calls that may be under way at once, whose bodies and answers are in memory. */
  static final int MOST_AT_ONCE = 32;

  private static final Logger LOG = Logger.getLogger(BulkHandler.class);
  private static final String JSON = "application/json";

  private final Executor workers;
  private final Turns turns = new Turns(MOST_AT_ONCE);

  BulkHandler(Executor workers) {
    this.workers = workers;
  }

  /** What is done with one body. Runs on a virtual thread; may block. */
  interface Call {
    /** The largest body, in bytes. */
    int largestBody();

    /**
     * Does it.
     *
     * @return the answer's JSON; fails with what {@link Problem#of} knows
     * @throws ProblemException where it is refused
     */
    CompletionStage<String> answer(HttpServerRequest request, NamedCache cache, byte[] body);
  }

  void serve(RoutingContext context, NamedCache cache, Call call) {
    HttpServerRequest request = context.request();
    if (!Bodies.mediaType(request).equals(JSON)
        || request.getHeader(HttpHeaders.CONTENT_ENCODING) != null) {
      Problem problem = Problem.unsupportedMediaType(JSON + ", without a content coding");
      Bodies.refuse(request, problem, null);
      return;
    }
    turns
        .take()
        .ifPresentOrElse(
            turn -> read(context, cache, call, turn),
            () -> Bodies.refuse(request, Problem.tooManyBulkRequests(), null));
  }

  private void read(RoutingContext context, NamedCache cache, Call call, Turns.Turn turn) {
    HttpServerRequest request = context.request();
    // A body that never comes to its end, or is refused before that.
    request.response().closeHandler(gone -> turn.end()).endHandler(answered -> turn.end());
    Context eventLoop = context.vertx().getOrCreateContext();
    Bodies.read(
        request,
        call.largestBody(),
        Problem.bodyTooLarge(call.largestBody()),
        body -> {
          // From here on the work takes the memory, whether the client is still there or not.
          request.response().closeHandler(gone -> {}).endHandler(answered -> {});
          workers.execute(() -> work(request, cache, call, body.getBytes(), turn, eventLoop));
        });
  }

  private static void work(
      HttpServerRequest request,
      NamedCache cache,
      Call call,
      byte[] body,
      Turns.Turn turn,
      Context eventLoop) {
    CompletionStage<String> answer;
    try {
      answer = call.answer(request, cache, body);
    } catch (RuntimeException e) {
      turn.end();
      eventLoop.runOnContext(ignored -> failed(request, e));
      return;
    }
    answer.whenComplete(
        (json, failure) -> {
          turn.end();
          eventLoop.runOnContext(ignored -> answer(request, json, failure));
        });
  }

  private static void answer(
      HttpServerRequest request, @Nullable String json, @Nullable Throwable failure) {
    if (json == null) {
      failed(request, failure);
    } else if (!request.response().closed()) {
      request
          .response()
          .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
          .putHeader(Headers.CONTENT_TYPE_OPTIONS, Headers.NOSNIFF)
          .end(Buffer.buffer(json));
    }
  }

  private static void failed(HttpServerRequest request, @Nullable Throwable failure) {
    Problem problem = Problem.of(failure);
    if (problem.status() == Problem.INTERNAL) {
      LOG.error("a call about many entries failed in an unforeseen way", failure);
    }
    if (!request.response().closed()) {
      Responses.problem(request, problem, null);
    }
  }
}
