/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text of dates and timestamps as PostgreSQL prints them with {@code DateStyle} ISO and {@code
 * TimeZone} UTC (manual, "Date/Time Output"). Other styles are not read: {@code 01/02/2026} is two
 * days. Nor are years before 1 and after 9999.
 */
final class MomentText {
  private static final Pattern DAY = Pattern.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})");
  private static final Pattern MOMENT =
      Pattern.compile(
          "(?<day>[0-9-]{10})[ T](?<h>[0-9]{2}):(?<m>[0-9]{2}):(?<s>[0-9]{2})"
              + "(?:\\.(?<fraction>[0-9]{1,6}))?"
              + "(?<zone>Z|[+-][0-9]{2}(?::[0-9]{2}){0,2})?");
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  private MomentText() {}

  private static boolean isEndless(String text) {
    return text.equals("infinity") || text.equals("-infinity");
  }

  static Optional<String> day(String text) {
    return isEndless(text) || parseDay(text).isPresent() ? Optional.of(text) : Optional.empty();
  }

  private static Optional<LocalDate> parseDay(String text) {
    Matcher day = DAY.matcher(text);
    try {
      return day.matches() && !day.group(1).equals("0000")
          ? Optional.of(
              LocalDate.of(
                  Integer.parseInt(day.group(1)),
                  Integer.parseInt(day.group(2)),
                  Integer.parseInt(day.group(3))))
          : Optional.empty();
    } catch (DateTimeException notADay) {
      return Optional.empty();
    }
  }

  static Optional<String> moment(String text, boolean zoned, int digits) {
    if (isEndless(text)) {
      return Optional.of(text);
    }
    Matcher parts = MOMENT.matcher(text);
    // What has no zone would take the session's, and a zone that the type lacks would be ignored.
    if (!parts.matches() || zoned != (parts.group("zone") != null)) {
      return Optional.empty();
    }
    String fraction = fraction(parts.group("fraction"));
    if (fraction.length() > digits) {
      return Optional.empty();
    }
    try {
      return parseDay(parts.group("day"))
          .map(day -> utc(day, parts))
          .filter(utc -> utc.getYear() >= 1 && utc.getYear() <= 9999)
          .map(
              utc ->
                  SECONDS.format(utc)
                      + (fraction.isEmpty() ? "" : "." + fraction)
                      + (zoned ? "+00" : ""));
    } catch (DateTimeException notATime) {
      return Optional.empty();
    }
  }

  private static LocalDateTime utc(LocalDate day, Matcher parts) {
    LocalDateTime local =
        day.atTime(
            LocalTime.of(
                Integer.parseInt(parts.group("h")),
                Integer.parseInt(parts.group("m")),
                Integer.parseInt(parts.group("s"))));
    String zone = parts.group("zone");
    return zone == null
        ? local
        : local
            .atOffset(ZoneOffset.of(zone))
            .withOffsetSameInstant(ZoneOffset.UTC)
            .toLocalDateTime();
  }

  private static String fraction(@Nullable String digits) {
    return digits == null ? "" : digits.replaceAll("0+$", "");
  }
}
