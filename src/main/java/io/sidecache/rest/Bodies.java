/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads the bodies of requests. Called on the request's event loop; never blocks. */
final class Bodies {
  private Bodies() {}

  /**
   * Reads a body as it comes, and refuses what is over the limit as soon as that is known.
   *
   * @param whole is given the body, unless the request has been answered meanwhile
   */
  static void read(HttpServerRequest request, int limit, Problem tooLarge, Consumer<Buffer> whole) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH); // the server has checked it
    if (length != null && Long.parseLong(length) > limit) {
      refuse(request, tooLarge, null);
      return;
    }
    Buffer body = Buffer.buffer();
    request.handler(
        part -> {
          if (request.response().ended()) {
            return; // refused already; the rest is let pass by
          }
          if (body.length() + part.length() > limit) {
            refuse(request, tooLarge, null);
          } else {
            body.appendBuffer(part);
          }
        });
    request.endHandler(
        end -> {
          if (!request.response().ended()) {
            whole.accept(body);
          }
        });
  }

  /** Answers with a problem before the body has been read. */
  static void refuse(
      HttpServerRequest request, Problem problem, @Nullable CharSequence cacheStatus) {
    if (request.version() != HttpVersion.HTTP_2 && !request.isEnded()) {
      // The rest of the body would have to be read before the connection can serve again. Who sent
      // all of it before reading the answer must not find the connection reset, so closing waits.
      request.response().putHeader(HttpHeaders.CONNECTION, "close");
      request.handler(part -> {}).endHandler(end -> request.connection().close()).resume();
    }
    Responses.problem(request, problem, cacheStatus);
  }

  /** The media type of the body, without its parameters; empty where none is told. */
  static String mediaType(HttpServerRequest request) {
    String field = request.getHeader(HttpHeaders.CONTENT_TYPE);
    return field == null ? "" : field.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
  }
}
