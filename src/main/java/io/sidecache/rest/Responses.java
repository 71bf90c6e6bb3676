/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.netty.buffer.Unpooled;
import io.netty.util.AsciiString;
import io.sidecache.cache.Entry;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/** Writes answers to the wire. Called on the request's event loop. */
final class Responses {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final AsciiString ZERO = AsciiString.cached("0");

  /** Seconds after which what was turned away may be tried again. */
  private static final AsciiString SOON = AsciiString.cached("1");

  private static final AsciiString JSON = AsciiString.cached("application/json");

  private Responses() {}

  /** Answers with an entry that holds a value: 200, or 304 where the client has it already. */
  static void entry(
      HttpServerRequest request, Entry entry, long ageNanos, CharSequence cacheStatus) {
    HttpServerResponse response = request.response();
    String etag = entry.etag();
    response
        .putHeader(HttpHeaders.ETAG, etag)
        .putHeader(Headers.AGE, seconds(ageNanos))
        .putHeader(Headers.CACHE_STATUS, cacheStatus);
    if (!entry.groups().isEmpty()) {
      String groups = StringList.write(entry.groups());
      if (!groups.isEmpty()) {
        response.putHeader(Headers.CACHE_GROUPS, groups);
      }
    }
    if (EntityTags.match(Headers.combined(request, HttpHeaders.IF_NONE_MATCH), etag)) {
      response.setStatusCode(304).end();
      return;
    }
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, entry.mediaType())
        .putHeader(Headers.CONTENT_TYPE_OPTIONS, Headers.NOSNIFF);
    entry.contentEncoding().ifPresent(c -> response.putHeader(HttpHeaders.CONTENT_ENCODING, c));
    body(request, wrapped(entry.body()));
  }

  /** Answers with a problem; {@code cacheStatus} where the answer is about an entry. */
  static void problem(
      HttpServerRequest request, Problem problem, @Nullable CharSequence cacheStatus) {
    HttpServerResponse response = request.response();
    if (response.ended() || response.closed()) {
      return; // the client has gone
    }
    response
        .setStatusCode(problem.status())
        .putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE);
    if (cacheStatus != null) {
      response.putHeader(Headers.CACHE_STATUS, cacheStatus);
    }
    if (problem.mayBeTriedAgain() && !response.headers().contains(HttpHeaders.RETRY_AFTER)) {
      response.putHeader(HttpHeaders.RETRY_AFTER, SOON);
    }
    body(request, problem.toJson().toBuffer());
  }

  /** Answers with JSON, unless the client has gone. */
  static void json(HttpServerRequest request, int status, Buffer content) {
    HttpServerResponse response = request.response();
    if (response.closed()) {
      return;
    }
    response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, JSON);
    body(request, content);
  }

  /** Answers 405, which has to say what is allowed (RFC 9110, section 15.5.6). */
  static void notAllowed(
      HttpServerRequest request, String allowed, @Nullable CharSequence cacheStatus) {
    request.response().putHeader(HttpHeaders.ALLOW, allowed);
    problem(request, Problem.methodNotAllowed(allowed), cacheStatus);
  }

  /** Asks for the body where the client waits for that (RFC 9110, section 10.1.1). */
  static void expectBody(HttpServerRequest request) {
    if ("100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT))) {
      request.response().writeContinue();
    }
  }

  /** Answers without content. */
  static void empty(HttpServerRequest request, int status) {
    request.response().setStatusCode(status).end();
  }

  /** Answers about an entry without content. */
  static void empty(HttpServerRequest request, int status, CharSequence cacheStatus) {
    request.response().putHeader(Headers.CACHE_STATUS, cacheStatus).setStatusCode(status).end();
  }

  /** A HEAD answer has the length of the GET answer's content, and no content. */
  static void body(HttpServerRequest request, Buffer content) {
    HttpServerResponse response = request.response();
    if (request.method().equals(HttpMethod.HEAD)) {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(content.length())).end();
    } else {
      response.end(content);
    }
  }

  /** Vert.x would copy the array, which costs a value's size of garbage with every hit. */
  @SuppressWarnings("deprecation") // Vert.x 5 keeps it, as BufferInternal.buffer(ByteBuf)
  private static Buffer wrapped(byte[] bytes) {
    return Buffer.buffer(Unpooled.wrappedBuffer(bytes));
  }

  private static CharSequence seconds(long nanos) {
    return nanos < NANOS_PER_SECOND ? ZERO : Long.toString(nanos / NANOS_PER_SECOND);
  }
}
