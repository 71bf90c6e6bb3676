/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The header fields of the interface, encoded once. */
final class Headers {
  static final CharSequence AGE = HttpHeaders.createOptimized("Age");
  static final CharSequence CACHE_STATUS = HttpHeaders.createOptimized("Cache-Status");
  static final CharSequence CACHE_GROUPS = HttpHeaders.createOptimized("Cache-Groups");
  static final CharSequence FILL = HttpHeaders.createOptimized("Sidecache-Fill");
  static final CharSequence AFTER = HttpHeaders.createOptimized("Sidecache-After");
  static final CharSequence SNAPSHOT = HttpHeaders.createOptimized("Sidecache-Snapshot");
  static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
  static final CharSequence CONTENT_TYPE_OPTIONS =
      HttpHeaders.createOptimized("X-Content-Type-Options");

  /** Of an answer that tells neither of a value nor of its absence. */
  static final CharSequence NEITHER = HttpHeaders.createOptimized("sidecache");

  static final CharSequence HIT = HttpHeaders.createOptimized("sidecache; hit");
  static final CharSequence HIT_NEGATIVE =
      HttpHeaders.createOptimized("sidecache; hit; detail=negative");
  static final CharSequence HIT_GAP = HttpHeaders.createOptimized("sidecache; hit; detail=gap");
  static final CharSequence BYPASS_GAP =
      HttpHeaders.createOptimized("sidecache; fwd=bypass; detail=gap");

  private Headers() {}

  /** A field that is a list: its lines put together (RFC 9110, section 5.3), or null. */
  static @Nullable String combined(HttpServerRequest request, CharSequence name) {
    String first = request.getHeader(name);
    if (first == null) {
      return null; // the usual case costs no list
    }
    List<String> lines = request.headers().getAll(name);
    return lines.size() == 1 ? first : String.join(",", lines);
  }
}
