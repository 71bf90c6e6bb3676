/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.source.SourceUnavailableException;
import io.sidecache.source.webhook.Receipt;
import io.sidecache.source.webhook.WebhookMessage;
import io.sidecache.source.webhook.WebhookReceiver;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Serves {@code POST /v1/webhooks/in/{sender}}. The signature stands for the bearer token, so this
 * handler stands before the guard.
 *
 * <p>The body is read on the event loop, within limits; it is checked and applied elsewhere.
 */
final class WebhookHandler implements Handler<RoutingContext> {
  static final String PREFIX = "/v1/webhooks/in/";
  static final int LARGEST_BODY = 1024 * 1024;

  /** Bodies that may be in memory at once: who is not trusted yet must not fill it. */
  static final int MOST_AT_ONCE = 64;

  private static final Logger LOG = Logger.getLogger(WebhookHandler.class);
  private static final String METHOD = "POST";
  private static final String BATCH = "application/cloudevents-batch+json";
  private static final Set<String> MEDIA_TYPES = Set.of(BATCH, "application/json");

  private final WebhookReceiver receiver;
  private final Executor workers;
  private final AtomicInteger present = new AtomicInteger();

  WebhookHandler(WebhookReceiver receiver, Executor workers) {
    this.receiver = receiver;
    this.workers = workers;
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    String path = request.path();
    if (path == null || !path.startsWith(PREFIX)) {
      context.next();
      return;
    }
    try {
      String sender = path.substring(PREFIX.length());
      Optional<Problem> refusal = refusal(request, sender);
      if (refusal.isPresent()) {
        Bodies.refuse(request, refusal.get(), null);
      } else if (present.incrementAndGet() > MOST_AT_ONCE) {
        present.decrementAndGet();
        Bodies.refuse(
            request,
            new Problem(503, "too-many-messages", "Too many messages", "send it again later"),
            null);
      } else {
        read(context, sender, new Turn(present));
      }
    } catch (RuntimeException e) {
      LOG.error("a webhook failed in an unforeseen way", e);
      Responses.problem(request, Problem.internal(), null);
    }
  }

  /** A place among those at once, given back once. */
  private static final class Turn {
    private final AtomicInteger present;
    private final AtomicInteger held = new AtomicInteger(1);

    private Turn(AtomicInteger present) {
      this.present = present;
    }

    void end() {
      if (held.compareAndSet(1, 0)) {
        present.decrementAndGet();
      }
    }
  }

  /** What is known to be wrong before the body has come. */
  private Optional<Problem> refusal(HttpServerRequest request, String sender) {
    if (!receiver.knows(sender)) {
      return Optional.of(
          new Problem(
              404,
              "unknown-sender",
              "No such sender",
              "no sender of this name is configured here"));
    }
    if (!request.method().name().equals(METHOD)) {
      request.response().putHeader(HttpHeaders.ALLOW, METHOD);
      return Optional.of(Problem.methodNotAllowed(METHOD));
    }
    if (!MEDIA_TYPES.contains(mediaType(request.getHeader(HttpHeaders.CONTENT_TYPE)))
        || request.getHeader(HttpHeaders.CONTENT_ENCODING) != null) {
      return Optional.of(Problem.unsupportedMediaType(BATCH + ", without a content coding"));
    }
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length != null && Long.parseLong(length) > LARGEST_BODY
        ? Optional.of(tooLarge())
        : Optional.empty();
  }

  private static String mediaType(@Nullable String field) {
    return field == null ? "" : field.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }

  private static Problem tooLarge() {
    return new Problem(
        413, "body-too-large", "Body too large", "the body must have at most 1048576 bytes");
  }

  private void read(RoutingContext context, String sender, Turn turn) {
    HttpServerRequest request = context.request();
    Responses.expectBody(request);
    Buffer body = Buffer.buffer();
    request.response().closeHandler(ignored -> turn.end()); // a body that never comes to its end
    request.handler(
        part -> {
          if (request.response().ended()) {
            return; // refused already; the rest is let pass by
          }
          if (body.length() + part.length() > LARGEST_BODY) {
            turn.end();
            Bodies.refuse(request, tooLarge(), null);
          } else {
            body.appendBuffer(part);
          }
        });
    request.endHandler(
        end -> {
          if (!request.response().ended()) {
            receive(context, sender, body.getBytes(), turn);
          }
        });
  }

  private void receive(RoutingContext context, String sender, byte[] body, Turn turn) {
    HttpServerRequest request = context.request();
    Context eventLoop = context.vertx().getOrCreateContext();
    WebhookMessage message =
        new WebhookMessage(
            Optional.ofNullable(request.getHeader("webhook-id")),
            Optional.ofNullable(request.getHeader("webhook-timestamp")),
            Optional.ofNullable(request.getHeader("webhook-signature")),
            body);
    workers.execute(
        () -> {
          try {
            receiver
                .receive(sender, message)
                .whenComplete(
                    (receipt, failure) -> {
                      turn.end();
                      eventLoop.runOnContext(ignored -> answer(request, receipt, failure));
                    });
          } catch (RuntimeException e) {
            turn.end();
            eventLoop.runOnContext(ignored -> answer(request, null, e));
          }
        });
  }

  private static void answer(
      HttpServerRequest request, @Nullable Receipt receipt, @Nullable Throwable failure) {
    if (request.response().closed()) {
      return; // the sender has gone
    }
    if (receipt == null) {
      failed(request, failure);
      return;
    }
    switch (receipt) {
      case Receipt.Applied applied -> {
        applied.nonce().ifPresent(n -> request.response().putHeader("Sidecache-Nonce", n));
        Responses.empty(request, 202);
      }
      case Receipt.Untrusted untrusted -> {
        request.response().putHeader("WWW-Authenticate", "StandardWebhooks");
        Responses.problem(
            request, new Problem(401, "untrusted", "Not signed", untrusted.reason()), null);
      }
      case Receipt.NotUnderstood wrong ->
          Responses.problem(request, Problem.invalidRequest(wrong.rule()), null);
    }
  }

  private static void failed(HttpServerRequest request, @Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    if (cause instanceof SourceUnavailableException away) {
      Responses.problem(
          request, Problem.sourceUnavailable(String.valueOf(away.getMessage())), null);
    } else {
      LOG.error("a webhook failed in an unforeseen way", cause);
      Responses.problem(request, Problem.internal(), null);
    }
  }
}
