/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.sidecache.invalidation.JsonText;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The text form of a key of several parts: a compact JSON array of strings, {@code ["7","42"]},
 * written as {@code JSON.stringify} writes it.
 *
 * <p>There is one form only, because two spellings of one key would be two entries, of which a
 * notification would evict one.
 */
public final class CompositeKey {
  private CompositeKey() {}

  /** Writes the parts. */
  public static String of(List<String> parts) {
    StringBuilder key = new StringBuilder("[");
    for (String part : parts) {
      if (key.length() > 1) {
        key.append(',');
      }
      JsonText.appendString(key, part);
    }
    return key.append(']').toString();
  }

  /** Reads the parts; empty where the text is not exactly what {@link #of} writes. */
  public static Optional<List<String>> parts(String key) {
    List<String> parts;
    try {
      parts = StrictJson.read(key, CompositeKey::read);
    } catch (UnreadablePayloadException e) {
      return Optional.empty();
    }
    return of(parts).equals(key) ? Optional.of(List.copyOf(parts)) : Optional.empty();
  }

  /**
   * The one form of a key that is a JSON array of as many scalars as its cache's keys have parts,
   * in whatever way that is written: {@code [7, "42"]} is {@code ["7","42"]}. Any other key as it
   * is.
   *
   * @param sizes how many parts the cache's keys may have
   */
  public static String written(String key, Set<Integer> sizes) {
    if (!key.startsWith("[")) {
      return key;
    }
    try {
      List<String> parts = StrictJson.read(key, CompositeKey::readScalars);
      return sizes.contains(parts.size()) ? of(parts) : key;
    } catch (UnreadablePayloadException e) {
      return key;
    }
  }

  private static List<String> readScalars(JsonParser parser, JsonToken first)
      throws IOException, UnreadablePayloadException {
    List<String> parts = new ArrayList<>();
    for (JsonToken part = parser.nextToken();
        part != JsonToken.END_ARRAY;
        part = parser.nextToken()) {
      if (!part.isScalarValue() || part == JsonToken.VALUE_NULL) {
        throw new UnreadablePayloadException("a part of the key is not a scalar");
      }
      parts.add(parser.getText());
    }
    return parts;
  }

  private static List<String> read(JsonParser parser, JsonToken first)
      throws IOException, UnreadablePayloadException {
    if (first != JsonToken.START_ARRAY) {
      throw new UnreadablePayloadException("the key is not a JSON array");
    }
    List<String> parts = new ArrayList<>();
    while (parser.nextToken() == JsonToken.VALUE_STRING) {
      parts.add(parser.getText());
    }
    return parts;
  }
}
