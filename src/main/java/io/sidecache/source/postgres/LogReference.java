/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/**
 * A notification that says to read the log, {@code {"v":1,"log":"765","cache":"c"}}: one
 * transaction changed more keys than fit into a few payloads.
 *
 * @param xid the transaction's 64-bit id in decimal digits
 * @param cache the cache concerned
 */
record LogReference(String xid, String cache) {
  private static final String HEAD = "{\"v\":1,\"log\":";

  /** Whether the payload claims to be one. */
  static boolean isOne(String payload) {
    return payload.startsWith(HEAD);
  }

  static LogReference read(String payload) throws UnreadablePayloadException {
    return StrictJson.read(payload, LogReference::readBody);
  }

  private static LogReference readBody(JsonParser parser, JsonToken first)
      throws IOException, UnreadablePayloadException {
    String xid = "";
    String cache = "";
    if (first == JsonToken.START_OBJECT) {
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        JsonToken value = parser.nextToken();
        String text = value == JsonToken.VALUE_STRING ? parser.getText() : "";
        switch (name) {
          case "log" -> xid = text;
          case "cache" -> cache = text;
          case "v" -> {} // told by the head already
          default -> throw new UnreadablePayloadException("the payload has an unknown member");
        }
      }
    }
    if (cache.isEmpty() || !isXid(xid)) {
      throw new UnreadablePayloadException("the payload names no transaction and cache");
    }
    return new LogReference(xid, cache);
  }

  /** Whether a text is a 64-bit transaction id in decimal digits. */
  static boolean isXid(String text) {
    if (text.isEmpty() || text.length() > 20 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return false;
    }
    try {
      return Long.parseUnsignedLong(text) != 0;
    } catch (NumberFormatException e) {
      return false; // beyond 64 bits
    }
  }
}
