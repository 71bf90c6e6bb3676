/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.JsonText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text that sidecars publish invalidations in: {@code
 * {"v":1,"i":[{"cache":"products","key":"42"},{"cache":"products","group":"list"},{"cache":"orders","whole":true},{"everything":true}]}}.
 *
 * <p>What the functions of our schema write says in {@code "x":"745"} which transaction it comes
 * from.
 *
 * <p>Reading is strict: a version, a member or a type that is not known makes the payload
 * unreadable, and the reader widens to everything.
 */
final class InvalidationPayload {
  /** The longest payload a NOTIFY takes (manual, "NOTIFY": shorter than 8000 bytes). */
  static final int MAXIMUM_BYTES = 7999;

  private static final String HEAD = "{\"v\":1,\"i\":[";
  private static final String TAIL = "]}";

  private InvalidationPayload() {}

  /**
   * Writes invalidations, in order, into as few payloads as hold them. One that does not fit into a
   * payload of its own is widened.
   */
  static List<String> write(List<Invalidation> invalidations) {
    List<String> payloads = new ArrayList<>();
    StringBuilder payload = new StringBuilder(HEAD);
    int bytes = HEAD.length() + TAIL.length();
    for (Invalidation invalidation : invalidations) {
      String item = fitting(invalidation);
      int itemBytes = item.getBytes(StandardCharsets.UTF_8).length;
      if (payload.length() > HEAD.length()) {
        if (bytes + 1 + itemBytes > MAXIMUM_BYTES) {
          payloads.add(payload.append(TAIL).toString());
          payload = new StringBuilder(HEAD);
          bytes = HEAD.length() + TAIL.length();
        } else {
          payload.append(',');
          bytes++;
        }
      }
      payload.append(item);
      bytes += itemBytes;
    }
    if (payload.length() > HEAD.length()) {
      payloads.add(payload.append(TAIL).toString());
    }
    return payloads;
  }

  private static String fitting(Invalidation invalidation) {
    String item = item(invalidation);
    if (HEAD.length() + item.getBytes(StandardCharsets.UTF_8).length + TAIL.length()
        <= MAXIMUM_BYTES) {
      return item;
    }
    return fitting(
        switch (invalidation) {
          case Invalidation.Key key -> new Invalidation.WholeCache(key.cache());
          case Invalidation.Tag tag -> new Invalidation.WholeCache(tag.cache());
          case Invalidation.WholeCache _ -> new Invalidation.Everything();
          case Invalidation.Everything everything -> everything;
        });
  }

  private static String item(Invalidation invalidation) {
    StringBuilder item = new StringBuilder();
    switch (invalidation) {
      case Invalidation.Key key -> {
        appendCache(item, key.cache());
        item.append(",\"key\":");
        JsonText.appendString(item, key.key());
      }
      case Invalidation.Tag tag -> {
        appendCache(item, tag.cache());
        item.append(",\"group\":");
        JsonText.appendString(item, tag.tag());
      }
      case Invalidation.WholeCache whole -> {
        appendCache(item, whole.cache());
        item.append(",\"whole\":true");
      }
      case Invalidation.Everything _ -> item.append("{\"everything\":true");
    }
    return item.append('}').toString();
  }

  private static void appendCache(StringBuilder item, String cache) {
    item.append("{\"cache\":");
    JsonText.appendString(item, cache);
  }

  /**
   * What a payload says.
   *
   * @param invalidations in the order in which they stand there
   * @param xid the transaction's 64-bit id; 0 where it is not told
   */
  record Contents(List<Invalidation> invalidations, long xid) {}

  /** Reads a payload. */
  static Contents read(String payload) throws UnreadablePayloadException {
    return StrictJson.read(payload, InvalidationPayload::readBody);
  }

  private static Contents readBody(JsonParser parser, JsonToken first)
      throws IOException, UnreadablePayloadException {
    require(first == JsonToken.START_OBJECT, "the payload is not a JSON object");
    boolean version = false;
    List<Invalidation> invalidations = null;
    long xid = 0;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      JsonToken value = parser.nextToken();
      switch (name) {
        case "v" -> {
          require(
              value == JsonToken.VALUE_NUMBER_INT && "1".equals(parser.getText()),
              "the payload's version is not 1");
          version = true;
        }
        case "x" -> xid = xid(text(parser, value));
        case "i" -> {
          require(value == JsonToken.START_ARRAY, "the payload's i is not an array");
          invalidations = new ArrayList<>();
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            invalidations.add(readItem(parser));
          }
        }
        default -> throw new UnreadablePayloadException("the payload has an unknown member");
      }
    }
    require(version, "the payload has no version");
    if (invalidations == null) {
      throw new UnreadablePayloadException("the payload has no i");
    }
    return new Contents(invalidations, xid);
  }

  private static long xid(String text) throws UnreadablePayloadException {
    require(LogReference.isXid(text), "the payload's x is not a transaction");
    return Long.parseUnsignedLong(text);
  }

  private static Invalidation readItem(JsonParser parser)
      throws IOException, UnreadablePayloadException {
    require(parser.currentToken() == JsonToken.START_OBJECT, "an item is not an object");
    String cache = null;
    String key = null;
    String group = null;
    boolean whole = false;
    boolean everything = false;
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      JsonToken value = parser.nextToken();
      switch (name) {
        case "cache" -> cache = text(parser, value);
        case "key" -> key = text(parser, value);
        case "group" -> group = text(parser, value);
        case "whole" -> {
          require(value == JsonToken.VALUE_TRUE, "an item's whole is not true");
          whole = true;
        }
        case "everything" -> {
          require(value == JsonToken.VALUE_TRUE, "an item's everything is not true");
          everything = true;
        }
        default -> throw new UnreadablePayloadException("an item has an unknown member");
      }
    }
    return item(cache, key, group, whole, everything);
  }

  private static Invalidation item(
      @Nullable String cache,
      @Nullable String key,
      @Nullable String group,
      boolean whole,
      boolean everything)
      throws UnreadablePayloadException {
    int forms =
        (key == null ? 0 : 1) + (group == null ? 0 : 1) + (whole ? 1 : 0) + (everything ? 1 : 0);
    require(forms == 1, "an item does not say exactly one thing");
    if (everything) {
      require(cache == null, "an item names a cache and everything");
      return new Invalidation.Everything();
    }
    if (cache == null || cache.isEmpty()) {
      throw new UnreadablePayloadException("an item names no cache");
    }
    if (key != null) {
      return new Invalidation.Key(cache, key);
    }
    if (group != null) {
      require(!group.isEmpty(), "an item's group is empty");
      return new Invalidation.Tag(cache, group);
    }
    return new Invalidation.WholeCache(cache);
  }

  private static String text(JsonParser parser, JsonToken value)
      throws IOException, UnreadablePayloadException {
    require(value == JsonToken.VALUE_STRING, "a member is not a string");
    return parser.getText();
  }

  private static void require(boolean holds, String reason) throws UnreadablePayloadException {
    if (!holds) {
      throw new UnreadablePayloadException(reason);
    }
  }
}
