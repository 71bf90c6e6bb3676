/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Entry;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** The comparison of {@code If-None-Match} (RFC 9110, section 13.1.2). */
final class EntityTags {
  private EntityTags() {}

  /** Whether the client has the entry already, and is to be told so. */
  static boolean isKnown(HttpServerRequest request, Entry entry) {
    return match(Headers.combined(request, HttpHeaders.IF_NONE_MATCH), entry.etag());
  }

  /**
   * Whether the field names the entity tag, by weak comparison.
   *
   * @param field the field's value, or null where the request has none
   * @param etag a strong tag, quotes included; it holds no comma
   */
  static boolean match(@Nullable String field, String etag) {
    if (field == null) {
      return false;
    }
    for (String part : field.split(",", -1)) {
      String candidate = part.strip();
      if (candidate.equals("*") || candidate.equals(etag)) {
        return true;
      }
      if (candidate.startsWith("W/") && candidate.substring(2).equals(etag)) {
        return true;
      }
    }
    return false;
  }
}
