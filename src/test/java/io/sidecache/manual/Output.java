/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What a command printed, without what differs from one run to the next: clocks, counts of seconds
 * and the names that a process gives itself. In what a page shows, {@code …} stands for any text of
 * a line, and a line of {@code …} alone for any lines.
 */
final class Output {
  private static final String ANY = "…";

  private record Variable(Pattern pattern, String name) {
    static Variable of(String pattern, String name) {
      return new Variable(Pattern.compile(pattern), name);
    }
  }

  /** In this order: a later one sees what an earlier one has put in. */
  private static final List<Variable> VARIABLES =
      List.of(
          Variable.of(
              "\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d(:\\d\\d)?)?",
              "<time>"),
          Variable.of("\\b\\d{4}-\\d\\d-\\d\\d\\b", "<date>"),
          Variable.of("\\b[0-9a-f]{16}-\\d+", "<position>"),
          Variable.of("\\b[0-9a-f]{16}\\b", "<hex>"),
          Variable.of("\"\\d+-\\d+-\\d+/\\d+\"", "\"<position>\""),
          Variable.of("\\bttl=\\d+", "ttl=<seconds>"),
          Variable.of("(?i)\\bage: \\d+", "Age: <seconds>"),
          Variable.of("content-length: \\d+", "content-length: <bytes>"),
          Variable.of("\\b[0-9A-F]+/[0-9A-F]{6,}\\b", "<lsn>"),
          Variable.of("\\b\\d+(\\.\\d+)? ms\\b", "<ms>"),
          Variable.of("(?i)(Millis|Micros)\": \\d+", "$1\": <number>"));

  private Output() {}

  /** Whether what was printed is what the page shows. */
  static boolean matches(List<String> shown, List<String> printed) {
    return matches(neutral(shown), 0, neutral(printed), 0);
  }

  private static boolean matches(List<String> shown, int i, List<String> printed, int j) {
    if (i == shown.size()) {
      return j == printed.size();
    }
    if (shown.get(i).strip().equals(ANY)) {
      for (int rest = j; rest <= printed.size(); rest++) {
        if (matches(shown, i + 1, printed, rest)) {
          return true;
        }
      }
      return false;
    }
    return j < printed.size()
        && lineMatches(shown.get(i), printed.get(j))
        && matches(shown, i + 1, printed, j + 1);
  }

  private static boolean lineMatches(String shown, String printed) {
    StringBuilder pattern = new StringBuilder();
    for (String part : shown.split(ANY, -1)) {
      pattern.append(pattern.isEmpty() ? "" : ".*").append(Pattern.quote(part));
    }
    return Pattern.matches(pattern.toString(), printed);
  }

  private static List<String> neutral(List<String> lines) {
    List<String> neutral = new ArrayList<>();
    for (String line : lines) {
      String text = line.stripTrailing();
      for (Variable variable : VARIABLES) {
        text = variable.pattern.matcher(text).replaceAll(variable.name);
      }
      neutral.add(text);
    }
    while (!neutral.isEmpty() && neutral.getFirst().isEmpty()) {
      neutral.removeFirst();
    }
    while (!neutral.isEmpty() && neutral.getLast().isEmpty()) {
      neutral.removeLast();
    }
    return neutral;
  }
}
