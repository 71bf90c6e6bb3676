/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import io.sidecache.cache.Entry;
import io.sidecache.invalidation.JsonText;
import io.sidecache.invalidation.Utf8;
import java.io.IOException;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/**
 * The members of a JSON object that hold a value: JSON as it stands, text as a string, all else,
 * and what is not what its media type says, as Base64.
 */
final class ValueMembers {
  private static final JsonFactory JSON = new JsonFactory();

  private ValueMembers() {}

  /** Appends {@code value} or {@code valueBase64}, and {@code mediaType}; without braces. */
  static void append(StringBuilder out, Entry entry) {
    String type = entry.mediaType().split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    boolean json = type.equals("application/json") || type.endsWith("+json");
    Optional<String> text =
        entry.contentEncoding().isEmpty() && (json || type.startsWith("text/"))
            ? Utf8.text(entry.body())
            : Optional.empty();
    if (json && text.isPresent() && isJson(text.get())) {
      out.append("\"value\":").append(text.get());
    } else if (!json && text.isPresent()) {
      JsonText.appendString(out.append("\"value\":"), text.get());
    } else {
      out.append("\"valueBase64\":\"")
          .append(Base64.getEncoder().encodeToString(entry.body()))
          .append('"');
    }
    JsonText.appendString(out.append(",\"mediaType\":"), entry.mediaType());
    entry
        .contentEncoding()
        .ifPresent(c -> JsonText.appendString(out.append(",\"contentEncoding\":"), c));
  }

  /** An application may have stored anything and called it JSON. */
  static boolean isJson(String text) {
    if (!JsonText.hasSoundEscapes(text)) {
      return false;
    }
    try (JsonParser parser = JSON.createParser(text)) {
      if (parser.nextToken() == null) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }
}
