/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.invalidation.Utf8;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A structured field that is a List of Strings (RFC 9651, sections 3.1 and 3.3.3). Parameters of
 * its members are read and ignored, as RFC 9875 (section 2) wants.
 */
final class StringList {
  private static final String LIST_RULE = "must be a list of strings in quotes (RFC 9651)";

  /**
   * All bare items but Strings (sections 3.3.1 to 3.3.8): Boolean, Decimal, Integer or Date, Token,
   * Byte Sequence, Display String. A number must not be followed by what would make it another one.
   */
  private static final Pattern BARE_ITEM =
      Pattern.compile(
          "\\?[01]"
              + "|-?[0-9]{1,12}\\.[0-9]{1,3}(?![0-9.])"
              + "|@?-?[0-9]{1,15}(?![0-9.])"
              + "|[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*+"
              + "|:(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?:"
              + "|%\"(?<display>(?:[ !#$&-~]|%[0-9a-f]{2})*+)\"");

  private final String text;
  private int at;

  private StringList(String text) {
    this.text = text;
  }

  /**
   * Reads a field's value, all its lines joined with commas.
   *
   * @throws IllegalArgumentException with the rule that is broken, without the text
   */
  static List<String> parse(String field) {
    return new StringList(field).members();
  }

  /** Writes the names that a String can hold, which is printable ASCII; leaves out the others. */
  static String write(List<String> names) {
    StringBuilder field = new StringBuilder();
    for (String name : names) {
      if (!isPrintable(name)) {
        continue;
      }
      field.append(field.isEmpty() ? "\"" : ", \"");
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        if (c == '"' || c == '\\') {
          field.append('\\');
        }
        field.append(c);
      }
      field.append('"');
    }
    return field.toString();
  }

  /** Whether all characters are printable ASCII, blanks included. */
  static boolean isPrintable(String name) {
    return name.chars().allMatch(c -> c >= ' ' && c < 0x7F);
  }

  private List<String> members() {
    List<String> members = new ArrayList<>();
    skip(" ");
    while (at < text.length()) {
      members.add(string());
      parameters();
      skip(" \t");
      if (at == text.length()) {
        break;
      }
      expect(',');
      skip(" \t");
      require(at < text.length(), "must not end with a comma (RFC 9651)");
    }
    return members;
  }

  private String string() {
    expect('"');
    StringBuilder string = new StringBuilder();
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c == '"') {
        return string.toString();
      }
      require(c >= ' ' && c < 0x7F, "must hold printable ASCII alone (RFC 9651)");
      if (c == '\\') {
        require(
            at < text.length() && (text.charAt(at) == '"' || text.charAt(at) == '\\'),
            "must have a \" or a \\ behind each \\ (RFC 9651)");
        c = text.charAt(at++);
      }
      string.append(c);
    }
    throw new IllegalArgumentException("must close each string with a quote (RFC 9651)");
  }

  private void parameters() {
    while (at < text.length() && text.charAt(at) == ';') {
      at++;
      skip(" ");
      require(at < text.length() && isKeyStart(text.charAt(at)), LIST_RULE);
      while (at < text.length() && isKey(text.charAt(at))) {
        at++;
      }
      if (at < text.length() && text.charAt(at) == '=') {
        at++;
        bareItem();
      }
    }
  }

  private void bareItem() {
    require(at < text.length(), LIST_RULE);
    if (text.charAt(at) == '"') {
      string();
      return;
    }
    Matcher item = BARE_ITEM.matcher(text).region(at, text.length());
    require(item.lookingAt(), LIST_RULE);
    at = item.end();
    String display = item.group("display");
    require(display == null || isUtf8(display), LIST_RULE);
  }

  private static boolean isUtf8(String display) {
    ByteBuffer octets = ByteBuffer.allocate(display.length());
    for (int i = 0; i < display.length(); i++) {
      if (display.charAt(i) == '%') {
        octets.put((byte) HexFormat.fromHexDigits(display, i + 1, i + 3));
        i += 2;
      } else {
        octets.put((byte) display.charAt(i));
      }
    }
    return Utf8.text(octets.flip()).isPresent();
  }

  private static boolean isKeyStart(char c) {
    return (c >= 'a' && c <= 'z') || c == '*';
  }

  private static boolean isKey(char c) {
    return isKeyStart(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  }

  private void skip(String blanks) {
    while (at < text.length() && blanks.indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private void expect(char wanted) {
    require(at < text.length() && text.charAt(at) == wanted, LIST_RULE);
    at++;
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
