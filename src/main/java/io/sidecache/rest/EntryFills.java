/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.NamedCache;
import io.sidecache.cache.Value;
import io.sidecache.invalidation.Snapshot;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers {@code PUT} of an entry: reads the body up to the cache's limit, then fills. */
final class EntryFills {
  private static final String STORED = "sidecache; stored";

  /** Of the heap, the part that bodies may take that are not stored yet. */
  private static final int PART_OF_HEAP = 8;

  private final Room room;

  EntryFills() {
    this(new Room(Runtime.getRuntime().maxMemory() / PART_OF_HEAP));
  }

  EntryFills(Room room) {
    this.room = room;
  }

  /** What the head of a request says. */
  private record Fill(
      @Nullable String token, Optional<Snapshot> snapshot, String mediaType, List<String> groups) {}

  void serve(HttpServerRequest request, NamedCache cache, String key) {
    long limit = cache.settings().maximumEntryBytes();
    Fill fill;
    try {
      fill = head(request, cache, limit);
    } catch (ProblemException refusal) {
      Bodies.refuse(request, refusal.problem(), Headers.NEITHER);
      return;
    }
    Responses.expectBody(request);
    Buffer body = Buffer.buffer();
    Room.Share share = room.share();
    request.response().closeHandler(gone -> share.end()).endHandler(answered -> share.end());
    request.handler(
        part -> {
          if (request.response().ended()) {
            return; // refused already; the rest is let pass by
          }
          if (body.length() + part.length() > limit) {
            Bodies.refuse(request, Problem.entryTooLarge(limit), Headers.NEITHER);
          } else if (!share.take(part.length())) {
            Bodies.refuse(request, Problem.tooManyFills(), Headers.NEITHER);
          } else {
            body.appendBuffer(part);
          }
        });
    request.endHandler(
        end -> {
          if (!request.response().ended()) {
            fill(request, cache, key, fill, body.getBytes());
          }
        });
  }

  /** What the head of the request says of the fill. Whatever is wrong is told before the body. */
  private static Fill head(HttpServerRequest request, NamedCache cache, long limit) {
    String token = request.getHeader(Headers.FILL);
    if (token == null && !cache.settings().unfencedFills()) {
      throw new ProblemException(Problem.fillTokenRequired());
    }
    if (declaredLength(request.getHeader(HttpHeaders.CONTENT_LENGTH)) > limit) {
      throw new ProblemException(Problem.entryTooLarge(limit));
    }
    String mediaType = request.getHeader(HttpHeaders.CONTENT_TYPE);
    requireFieldValue("Content-Type", mediaType);
    requireFieldValue("Content-Encoding", request.getHeader(HttpHeaders.CONTENT_ENCODING));
    return new Fill(
        token,
        snapshot(request.headers().getAll(Headers.SNAPSHOT)),
        mediaType == null ? "application/octet-stream" : mediaType,
        GroupFields.parse(request.headers()));
  }

  private static Optional<Snapshot> snapshot(List<String> fields) {
    if (fields.isEmpty()) {
      return Optional.empty();
    }
    if (fields.size() > 1) {
      throw malformedSnapshot();
    }
    try {
      return Optional.of(Snapshot.parse(fields.getFirst().strip()));
    } catch (IllegalArgumentException notASnapshot) {
      throw malformedSnapshot();
    }
  }

  private static ProblemException malformedSnapshot() {
    return new ProblemException(
        Problem.invalidRequest(
            "Sidecache-Snapshot must be one pg_current_snapshot(), such as 100:105:100,103"));
  }

  private static long declaredLength(@Nullable String contentLength) {
    return contentLength == null ? 0 : Long.parseLong(contentLength); // the server has checked it
  }

  private static void requireFieldValue(String name, @Nullable String given) {
    if (given != null && !Value.isFieldValue(given)) {
      throw new ProblemException(
          Problem.invalidRequest(
              name
                  + " must be visible ASCII of at most "
                  + Value.MAXIMUM_FIELD_CHARS
                  + " characters"));
    }
  }

  private static void fill(
      HttpServerRequest request, NamedCache cache, String key, Fill fill, byte[] body) {
    Value value =
        new Value(
            body,
            fill.mediaType,
            Optional.ofNullable(request.getHeader(HttpHeaders.CONTENT_ENCODING)),
            fill.groups,
            life(Headers.combined(request, HttpHeaders.CACHE_CONTROL)));
    switch (cache.fill(key, value, fill.token, fill.snapshot)) {
      case CREATED -> stored(request, 201);
      case REPLACED -> stored(request, 204);
      case OVERTAKEN ->
          refused(request, "the entry or a group of it was invalidated after the token was given");
      case UNPROVEN ->
          refused(request, "the snapshot is older than all that are remembered, or of a gap");
      case FOREIGN -> refused(request, "the token is not one of this sidecar for this entry");
      case EXPIRED -> refused(request, "the token is too old");
      case TOKEN_MISSING ->
          Responses.problem(request, Problem.fillTokenRequired(), Headers.NEITHER);
      case TOO_LARGE ->
          Responses.problem(
              request,
              Problem.entryTooLarge(cache.settings().maximumEntryBytes()),
              Headers.NEITHER);
    }
  }

  /** The {@code max-age} of the fill's own {@code Cache-Control}. */
  private static Optional<Duration> life(@Nullable String cacheControl) {
    RequestDirectives directives = RequestDirectives.parse(cacheControl);
    return directives.maxAgeSeconds().isPresent()
        ? Optional.of(Duration.ofSeconds(directives.maxAgeSeconds().getAsLong()))
        : Optional.empty();
  }

  private static void stored(HttpServerRequest request, int status) {
    Responses.empty(request, status, STORED);
  }

  private static void refused(HttpServerRequest request, String why) {
    Responses.problem(request, Problem.fillRefused(why), "sidecache; detail=fill-refused");
  }
}
