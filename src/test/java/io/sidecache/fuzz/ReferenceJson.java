/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.fuzz;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A reader of JSON that knows nothing of the one in use: RFC 8259's grammar, one method a rule.
 * Values are {@link String}, {@link Numeral}, {@link Boolean}, {@link List}, {@link Map} and {@link
 * Null}.
 */
public final class ReferenceJson {
  /** The one value of its type. */
  public enum Null {
    NULL
  }

  /**
   * A number as it is written.
   *
   * @param text its characters
   */
  public record Numeral(String text) {}

  private static final int MOST_LEVELS = 1000; // the limit of the library that is in use
  private static final int LONGEST_NUMBER = 900; // its limit is 1,000 or so

  private final String text;
  private final boolean duplicates;
  private int at;
  private int level;
  private boolean longNumber;

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused() {
      super(null, null, false, false);
    }
  }

  /**
   * What was found.
   *
   * @param value empty where the text is not JSON
   * @param extreme whether a library's limits may have it refused all the same
   */
  public record Found(Optional<Object> value, boolean extreme) {}

  private ReferenceJson(String text, boolean duplicates) {
    this.text = text;
    this.duplicates = duplicates;
  }

  /** Whether a text is JSON, where a name may stand in an object twice. */
  public static boolean isJson(String text) {
    return read(text, true).value().isPresent();
  }

  /** Reads one value and the end, where a name may stand in an object once. */
  public static Found read(String text) {
    return read(text, false);
  }

  private static Found read(String text, boolean duplicates) {
    ReferenceJson reader = new ReferenceJson(text, duplicates);
    try {
      reader.blanks();
      Object value = reader.value();
      reader.blanks();
      return new Found(
          reader.at == text.length() ? Optional.of(value) : Optional.empty(), reader.longNumber);
    } catch (Refused refused) {
      return new Found(Optional.empty(), reader.longNumber);
    }
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private void expect(char wanted) {
    if (at >= text.length() || text.charAt(at) != wanted) {
      throw new Refused();
    }
    at++;
  }

  private void blanks() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private Object value() {
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", Null.NULL);
      default -> number();
    };
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) {
      throw new Refused();
    }
    at += word.length();
    return value;
  }

  private void enter() {
    at++;
    if (++level > MOST_LEVELS) {
      throw new Refused();
    }
    blanks();
  }

  private Map<String, Object> object() {
    Map<String, Object> members = new LinkedHashMap<>();
    enter();
    if (peek() != '}') {
      member(members);
      while (peek() == ',') {
        at++;
        blanks();
        member(members);
      }
    }
    expect('}');
    level--;
    return members;
  }

  private void member(Map<String, Object> members) {
    String name = string();
    blanks();
    expect(':');
    blanks();
    if (members.put(name, value()) != null && !duplicates) {
      throw new Refused();
    }
    blanks();
  }

  private List<Object> array() {
    List<Object> elements = new ArrayList<>();
    enter();
    if (peek() != ']') {
      elements.add(value());
      blanks();
      while (peek() == ',') {
        at++;
        blanks();
        elements.add(value());
        blanks();
      }
    }
    expect(']');
    level--;
    return elements;
  }

  private String string() {
    expect('"');
    StringBuilder string = new StringBuilder();
    while (at < text.length() && text.charAt(at) != '"') {
      char c = text.charAt(at++);
      if (c < 0x20) {
        throw new Refused();
      }
      string.append(c == '\\' ? escaped() : c);
    }
    expect('"');
    return string.toString();
  }

  private char escaped() {
    char c = peek();
    at++;
    int plain = "\"\\/bfnrt".indexOf(c);
    if (plain >= 0) {
      return "\"\\/\b\f\n\r\t".charAt(plain);
    }
    if (c != 'u' || at + 4 > text.length()) {
      throw new Refused();
    }
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = "0123456789abcdefABCDEF".indexOf(text.charAt(at++));
      if (digit < 0) {
        throw new Refused();
      }
      code = code * 16 + (digit > 15 ? digit - 6 : digit);
    }
    return (char) code;
  }

  private Numeral number() {
    int start = at;
    if (peek() == '-') {
      at++;
    }
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    if (peek() == '.') {
      at++;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      at++;
      if (peek() == '+' || peek() == '-') {
        at++;
      }
      digits();
    }
    longNumber |= at - start > LONGEST_NUMBER;
    return new Numeral(text.substring(start, at));
  }

  private void digits() {
    int start = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (at == start) {
      throw new Refused();
    }
  }
}
