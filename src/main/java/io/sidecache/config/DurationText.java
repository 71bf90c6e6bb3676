/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as people write them: {@code 100ms}, {@code 10s}, {@code 1h30m}, {@code 7d}, or ISO
 * 8601 ({@code PT10S}).
 *
 * <p>A number without a unit is refused: Quarkus would take it for seconds, and many other programs
 * for milliseconds.
 */
final class DurationText {
  static final String FORM = "must be a duration such as 100ms, 10s, 5m, 2h, 7d or PT10S";

  private static final Pattern MILLIS_OR_DAYS = Pattern.compile("(\\d{1,18})(ms|d)");
  // Long enough for everybody, and short enough that nanoseconds never overflow a long.
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private record Unit(String text, long millis) {}

  private static final List<Unit> UNITS =
      List.of(
          new Unit("d", 86_400_000),
          new Unit("h", 3_600_000),
          new Unit("m", 60_000),
          new Unit("s", 1_000));

  private DurationText() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException with the rule that was broken as its message
   */
  static Duration parse(String text) {
    String lower = text.strip().toLowerCase(Locale.ROOT);
    if (!lower.isEmpty() && lower.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new IllegalArgumentException("has no unit; write " + lower + "s or " + lower + "ms");
    }
    Duration duration;
    try {
      duration = read(lower);
    } catch (DateTimeParseException | ArithmeticException e) {
      throw new IllegalArgumentException(FORM, e);
    }
    if (duration.isNegative()) {
      throw new IllegalArgumentException("must not be negative");
    }
    if (duration.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("must be at most " + of(LONGEST));
    }
    return duration;
  }

  /** The shortest text that reads back as the duration. */
  static String of(Duration duration) {
    long millis = duration.toMillis();
    if (!Duration.ofMillis(millis).equals(duration)) {
      return duration.toString();
    }
    for (Unit unit : UNITS) {
      if (millis != 0 && millis % unit.millis() == 0) {
        return millis / unit.millis() + unit.text();
      }
    }
    return millis == 0 ? "0s" : millis + "ms";
  }

  private static Duration read(String lower) {
    Matcher simple = MILLIS_OR_DAYS.matcher(lower);
    if (simple.matches()) {
      long amount = Long.parseLong(simple.group(1));
      return "ms".equals(simple.group(2)) ? Duration.ofMillis(amount) : Duration.ofDays(amount);
    }
    if (lower.length() > 1 && lower.charAt(0) == '-' && Character.isDigit(lower.charAt(1))) {
      return read(lower.substring(1)).negated();
    }
    boolean iso = lower.startsWith("p") || lower.startsWith("-p");
    return Duration.parse(iso ? lower : "PT" + lower);
  }
}
