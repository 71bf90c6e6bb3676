/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.ReferenceJson;
import io.sidecache.invalidation.JsonText;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Fuzzes JSON strings as they are written, and the keys of several parts that are made of them. */
public final class StringsFuzz {
  private StringsFuzz() {}

  /** One input: UTF-16 with its surrogates in any order, and the same octets as UTF-8. */
  public static void fuzzerTestOneInput(byte[] input) {
    String wide = new String(units(input));
    StringBuilder written = new StringBuilder();
    JsonText.appendString(written, wide);
    holds(written.length() <= 2 + 6 * wide.length(), "at most six characters for one");
    holds(StandardCharsets.UTF_8.newEncoder().canEncode(written), "there must be a UTF-8 form");
    same(Optional.of(wide), ReferenceJson.read(written.toString()).value(), "what was written");

    List<String> parts = List.of(wide.split("\n", -1));
    String key = CompositeKey.of(parts);
    same(Optional.of(parts), CompositeKey.parts(key), "the parts that were written");

    String given = new String(input, StandardCharsets.UTF_8);
    same(reference(given), CompositeKey.parts(given), "the parts that are given");
  }

  private static char[] units(byte[] input) {
    char[] units = new char[input.length / 2];
    for (int i = 0; i < units.length; i++) {
      units[i] = (char) ((input[2 * i] & 0xFF) << 8 | (input[2 * i + 1] & 0xFF));
    }
    return units;
  }

  private static Optional<List<String>> reference(String given) {
    if (!(ReferenceJson.read(given).value().orElse(null) instanceof List<?> elements)) {
      return Optional.empty();
    }
    List<String> parts = new ArrayList<>();
    for (Object element : elements) {
      if (!(element instanceof String part)) {
        return Optional.empty();
      }
      parts.add(part);
    }
    return array(parts).equals(given) ? Optional.of(parts) : Optional.empty();
  }

  /** A JSON array as {@code JSON.stringify} writes it (ECMA-262, QuoteJSONString). */
  static String array(List<String> parts) {
    StringBuilder array = new StringBuilder("[");
    for (String part : parts) {
      array.append(array.length() > 1 ? "," : "").append('"');
      part.codePoints()
          .forEach(
              c -> {
                int named = "\b\t\n\f\r\"\\".indexOf(c);
                if (named >= 0) {
                  array.append('\\').append("btnfr\"\\".charAt(named));
                } else if (c < 0x20 || (c >= 0xD800 && c <= 0xDFFF)) {
                  array.append("\\u%04x".formatted(c));
                } else {
                  array.appendCodePoint(c);
                }
              });
      array.append('"');
    }
    return array.append(']').toString();
  }
}
