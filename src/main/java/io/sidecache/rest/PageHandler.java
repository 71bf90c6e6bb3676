/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Serves the page for people, {@code GET /}, and its files out of memory, with headers that let it
 * load nothing and talk to nobody but this sidecar.
 *
 * <p>Stands before the guard of the API: the files say nothing about what is cached, and a page
 * that asks for the token must come without one. Runs on the event loop. A file is read out of the
 * artefact when it is first asked for: most sidecars never show their page.
 */
final class PageHandler {
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

  private static final String RESOURCES = "/META-INF/resources/";

  /** Where the chart library's jar would be served by whoever serves all resources. */
  private static final String WEBJARS = "/webjars/";

  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  private static final File PAGE = page("index.html", HTML);

  private static final Map<String, File> FILES =
      Map.of(
          "/", PAGE,
          "/index.html", PAGE,
          "/sidecache.css", page("sidecache.css", CSS),
          "/sidecache.js", page("sidecache.js", SCRIPT),
          "/api.js", page("api.js", SCRIPT),
          "/charts.js", page("charts.js", SCRIPT),
          "/entry.js", page("entry.js", SCRIPT),
          "/evictions.js", page("evictions.js", SCRIPT),
          "/uplot.css", new File(CSS, () -> chartLibrary("uPlot.min.css")),
          "/uplot.js", new File(SCRIPT, () -> chartLibrary("uPlot.iife.min.js")));

  private final Map<File, Buffer> contents = new ConcurrentHashMap<>();

  private record File(String mediaType, Supplier<String> resource) {}

  private static File page(String name, String mediaType) {
    return new File(mediaType, () -> RESOURCES + name);
  }

  /** A file of uPlot. Its jar knows its version, which so stands in the POM alone. */
  private static String chartLibrary(String name) {
    Properties jar = new Properties();
    try (InputStream in = open("/META-INF/maven/org.webjars.npm/uplot/pom.properties")) {
      jar.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return RESOURCES + "webjars/uplot/" + jar.getProperty("version") + "/dist/" + name;
  }

  private static Buffer read(File file) {
    try (InputStream in = open(file.resource().get())) {
      return Buffer.buffer(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String resource) throws IOException {
    InputStream in = PageHandler.class.getResourceAsStream(resource);
    if (in == null) {
      throw new FileNotFoundException(resource + " is not in the artefact");
    }
    return in;
  }

  /** Answers a request for a file of the page; tells whether it was one. */
  boolean answers(HttpServerRequest request) {
    String path = request.path();
    File file = path == null ? null : FILES.get(path);
    if (file == null) {
      if (path == null || !path.startsWith(WEBJARS)) {
        return false;
      }
      Responses.problem(request, Problem.notFound(), null);
      return true;
    }
    String method = request.method().name();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      Responses.notAllowed(request, METHODS, null);
      return true;
    }
    Buffer content = contents.computeIfAbsent(file, PageHandler::read);
    HttpServerResponse response = request.response();
    HEADERS.forEach(response::putHeader);
    response.putHeader(HttpHeaders.CONTENT_TYPE, file.mediaType());
    Responses.body(request, content);
    return true;
  }
}
