/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code format: json}: the payload is strict JSON and JSON pointers (RFC 6901) tell where the key
 * stands in it.
 *
 * <p>One pointer: the key is the scalar's text. Several: the key is a compact JSON array of the
 * scalars' texts as strings, {@code ["7","42"]}, written as {@code JSON.stringify} writes it.
 * Numbers keep the text they have in the payload, whatever their size; {@code true} and {@code
 * false} are their own text. A target that is missing, null, an object or an array makes the
 * payload unreadable.
 */
public final class JsonPayload implements PayloadDecoder {
  private final @Nullable JsonPointer[] pointers;

  /**
   * Makes a decoder.
   *
   * @param pointers where the parts of the key stand, in the key's order; at least one
   * @throws IllegalArgumentException where one is not a JSON pointer
   */
  public JsonPayload(List<String> pointers) {
    if (pointers.isEmpty()) {
      throw new IllegalArgumentException("key must name at least one JSON pointer");
    }
    pointers.forEach(JsonPayload::requirePointer);
    this.pointers = pointers.stream().map(JsonPointer::compile).toArray(JsonPointer[]::new);
  }

  private static void requirePointer(String pointer) {
    if (!pointer.isEmpty() && !pointer.startsWith("/")) {
      throw new IllegalArgumentException(
          "key must be a JSON pointer, empty or starting with '/', was " + pointer);
    }
    for (int i = pointer.indexOf('~'); i >= 0; i = pointer.indexOf('~', i + 1)) {
      if (i + 1 == pointer.length() || "01".indexOf(pointer.charAt(i + 1)) < 0) {
        throw new IllegalArgumentException(
            "key must be a JSON pointer, where '~' is followed by 0 or 1, was " + pointer);
      }
    }
  }

  @Override
  public String key(String payload) throws UnreadablePayloadException {
    @Nullable String[] found = new String[pointers.length];
    StrictJson.read(
        payload,
        (parser, first) -> {
          collect(parser, first, pointers, found);
          return payload;
        });
    return KeyText.check(join(found));
  }

  /**
   * Walks one value and leaves the parser on its last token.
   *
   * @param wanted what is left of each pointer here; null where it leads elsewhere
   */
  private static void collect(
      JsonParser parser, JsonToken token, @Nullable JsonPointer[] wanted, @Nullable String[] found)
      throws IOException {
    switch (token) {
      case START_OBJECT -> {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
          @Nullable JsonPointer[] rest = new JsonPointer[wanted.length];
          boolean any = false;
          for (int i = 0; i < wanted.length; i++) {
            JsonPointer pointer = wanted[i];
            rest[i] = pointer == null ? null : pointer.matchProperty(name);
            any |= rest[i] != null;
          }
          descend(parser, any, rest, found);
        }
      }
      case START_ARRAY -> {
        int index = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          @Nullable JsonPointer[] rest = new JsonPointer[wanted.length];
          boolean any = false;
          for (int i = 0; i < wanted.length; i++) {
            JsonPointer pointer = wanted[i];
            rest[i] = pointer == null ? null : pointer.matchElement(index);
            any |= rest[i] != null;
          }
          descendHere(parser, any, rest, found);
          index++;
        }
      }
      case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE -> {
        for (int i = 0; i < wanted.length; i++) {
          JsonPointer pointer = wanted[i];
          if (pointer != null && pointer.matches()) {
            found[i] = parser.getText();
          }
        }
      }
      default -> {
        // null, or a token that cannot start a value: nothing is found here.
      }
    }
  }

  private static void descend(
      JsonParser parser, boolean any, @Nullable JsonPointer[] rest, @Nullable String[] found)
      throws IOException {
    parser.nextToken();
    descendHere(parser, any, rest, found);
  }

  private static void descendHere(
      JsonParser parser, boolean any, @Nullable JsonPointer[] rest, @Nullable String[] found)
      throws IOException {
    if (any) {
      collect(parser, parser.currentToken(), rest, found);
    } else {
      parser.skipChildren();
    }
  }

  private String join(@Nullable String[] found) throws UnreadablePayloadException {
    for (int i = 0; i < found.length; i++) {
      if (found[i] == null) {
        throw new UnreadablePayloadException("there is no scalar at " + pointers[i]);
      }
    }
    List<String> parts = Arrays.stream(found).map(String::valueOf).toList();
    return parts.size() == 1 ? parts.getFirst() : CompositeKey.of(parts);
  }
}
