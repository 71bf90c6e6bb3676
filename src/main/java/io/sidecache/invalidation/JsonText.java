/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.invalidation;

import java.util.HexFormat;

/** JSON strings: written in the canonical form of RFC 8785, section 3.2.2.2, and checked. */
public final class JsonText {
  private static final String HEX = "0123456789abcdef";

  private JsonText() {}

  /**
   * Appends the text in quotes: only quote, backslash and control characters are escaped, which is
   * what JavaScript's {@code JSON.stringify} does. Half a surrogate pair is escaped too, so that
   * the result always has a UTF-8 form.
   */
  public static void appendString(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> {
          if (c < 0x20 || isLoneSurrogate(text, i)) {
            appendEscape(out, c);
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /**
   * Whether four hexadecimal digits follow each backslash with a {@code u} (RFC 8259, section 7).
   * To be asked before Jackson reads a text: its parser of characters looks at the low octet of
   * each digit alone, so that U+D831 passes for the digit 1 ({@code CharTypes.charToHex}).
   */
  public static boolean hasSoundEscapes(String text) {
    for (int at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', at + 2)) {
      if (text.startsWith("u", at + 1) && !hasFourDigits(text, at + 2)) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasFourDigits(String text, int start) {
    if (start + 4 > text.length()) {
      return false;
    }
    for (int i = start; i < start + 4; i++) {
      if (!HexFormat.isHexDigit(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLoneSurrogate(String text, int index) {
    char c = text.charAt(index);
    if (Character.isHighSurrogate(c)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    }
    return Character.isLowSurrogate(c)
        && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
  }

  private static void appendEscape(StringBuilder out, char c) {
    out.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      out.append(HEX.charAt((c >> shift) & 0xF));
    }
  }
}
