/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.List;
import java.util.TreeMap;

/**
 * The wrong settings found so far, at most one line for each.
 *
 * <p>The first problem of a setting stays: what is found later is mostly its consequence.
 */
final class Problems {
  private static final int SHOWN_CHARACTERS = 120;

  private final TreeMap<String, String> lines = new TreeMap<>();

  /** A value that breaks a rule and may be shown. */
  void wrong(String name, String value, String rule) {
    put(name, name + " = \"" + shown(value) + "\": " + rule);
  }

  /** A value that breaks a rule and must not be shown, or that the rule itself tells. */
  void hidden(String name, String rule) {
    put(name, name + ": " + rule);
  }

  /** A setting that is needed and missing. */
  void missing(String name, String rule) {
    put(name, name + " is not set: " + rule);
  }

  boolean has(String name) {
    return lines.containsKey(name);
  }

  List<String> lines() {
    return List.copyOf(lines.values());
  }

  private void put(String name, String line) {
    lines.putIfAbsent(name, oneLine(line));
  }

  private static String shown(String value) {
    return value.codePointCount(0, value.length()) <= SHOWN_CHARACTERS
        ? value
        : value.substring(0, value.offsetByCodePoints(0, SHOWN_CHARACTERS)) + "…";
  }

  // A line break or an escape sequence in a value would forge lines of the report.
  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString();
  }
}
