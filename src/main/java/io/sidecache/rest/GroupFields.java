/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.vertx.core.MultiMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The groups that a fill names: {@code Cache-Groups} (RFC 9875), and what other caches call it,
 * {@code Surrogate-Key} (divided by blanks), {@code xkey} (blanks or commas) and {@code Cache-Tag}
 * (commas). Several fields and lines add up; a name that is repeated counts once.
 */
final class GroupFields {
  /** How many groups an entry may name in a fill; RFC 9875, section 2, asks for 32 at least. */
  static final int MOST_GROUPS = 64;

  /** The longest name in bytes, which is what {@code sidecache.invalidate_group} takes. */
  static final int MOST_NAME_BYTES = 512;

  private GroupFields() {}

  /**
   * Reads all of them.
   *
   * @throws ProblemException naming the rule that is broken, never the name that breaks it
   */
  static List<String> parse(MultiMap fields) {
    Set<String> names = new LinkedHashSet<>();
    for (String name : strings(fields.getAll("Cache-Groups"))) {
      add(names, "Cache-Groups", name);
    }
    addAll(names, fields, "Surrogate-Key", "[ \t]+");
    addAll(names, fields, "xkey", "[ \t,]+");
    addAll(names, fields, "Cache-Tag", ",");
    return List.copyOf(names);
  }

  private static List<String> strings(List<String> lines) {
    try {
      return lines.isEmpty() ? List.of() : StringList.parse(String.join(",", lines));
    } catch (IllegalArgumentException malformed) {
      throw refused("Cache-Groups " + malformed.getMessage());
    }
  }

  private static void addAll(Set<String> names, MultiMap fields, String field, String divider) {
    for (String line : fields.getAll(field)) {
      for (String element : line.split(divider, -1)) {
        String name = stripped(element);
        if (!name.isEmpty()) { // RFC 9110, section 5.6.1.2: empty elements are ignored
          add(names, field, name);
        }
      }
    }
  }

  /** Without the blanks of RFC 9110 at its ends, which do not belong to it (section 5.6.3). */
  private static String stripped(String element) {
    int from = 0;
    int to = element.length();
    while (from < to && isBlank(element.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(element.charAt(to - 1))) {
      to--;
    }
    return element.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static void add(Set<String> names, String field, String name) {
    if (!StringList.isPrintable(name)) {
      throw refused(field + " must hold printable ASCII alone");
    }
    if (name.isEmpty() || name.length() > MOST_NAME_BYTES) {
      throw refused(field + " must hold names of 1 to " + MOST_NAME_BYTES + " bytes");
    }
    names.add(name);
    if (names.size() > MOST_GROUPS) {
      throw refused("an entry may have at most " + MOST_GROUPS + " groups");
    }
  }

  private static ProblemException refused(String rule) {
    return new ProblemException(Problem.invalidRequest(rule));
  }
}
