/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Serves the page for people, {@code GET /}, and its two files out of memory, with headers that let
 * it load nothing and talk to nobody but this sidecar.
 *
 * <p>Stands before the guard of the API: the files say nothing about what is cached, and a page
 * that asks for the token must come without one. Runs on the event loop and never blocks.
 */
final class PageHandler implements Handler<RoutingContext> {
  private static final String METHODS = "GET, HEAD";

  /** No inline script or style, no other origin, no frame around it (Content Security Policy 3). */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'";

  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy", POLICY,
          "X-Content-Type-Options", "nosniff",
          "X-Frame-Options", "DENY",
          "Referrer-Policy", "no-referrer",
          "Cross-Origin-Opener-Policy", "same-origin",
          "Cross-Origin-Resource-Policy", "same-origin",
          "Permissions-Policy", "camera=(), microphone=(), geolocation=()",
          "Cache-Control", "no-cache");

  private final Map<String, File> files;

  private record File(String mediaType, Buffer content) {}

  PageHandler() {
    File page = read("index.html", "text/html; charset=utf-8");
    this.files =
        Map.of(
            "/",
            page,
            "/index.html",
            page,
            "/sidecache.css",
            read("sidecache.css", "text/css; charset=utf-8"),
            "/sidecache.js",
            read("sidecache.js", "text/javascript; charset=utf-8"));
  }

  private static File read(String name, String mediaType) {
    try (InputStream in = PageHandler.class.getResourceAsStream("/META-INF/resources/" + name)) {
      if (in == null) {
        throw new IllegalStateException("the page's " + name + " is not in the artefact");
      }
      return new File(mediaType, Buffer.buffer(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    File file = files.get(request.path());
    if (file == null) {
      context.next();
      return;
    }
    String method = request.method().name();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      request.response().putHeader(HttpHeaders.ALLOW, METHODS);
      Responses.problem(request, Problem.methodNotAllowed(METHODS), null);
      return;
    }
    HttpServerResponse response = request.response();
    HEADERS.forEach(response::putHeader);
    response.putHeader(HttpHeaders.CONTENT_TYPE, file.mediaType());
    if (method.equals("HEAD")) {
      response.putHeader(HttpHeaders.CONTENT_LENGTH, Integer.toString(file.content().length()));
      response.end();
    } else {
      response.end(file.content());
    }
  }
}
