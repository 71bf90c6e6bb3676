/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * Reads {@code Retry-After} (RFC 9110, section 10.2.3): seconds, or a date. At most an hour is
 * granted, so that a peer's wrong clock does not silence us for good.
 */
final class RetryAfter {
  static final Duration MOST = Duration.ofHours(1);

  private RetryAfter() {}

  /** How long to wait; zero for a date in the past, empty where the text is neither. */
  static Optional<Duration> parse(String text, Instant now) {
    String stripped = text.strip();
    if (!stripped.isEmpty() && stripped.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.of(
          stripped.length() > 9 ? MOST : bounded(Duration.ofSeconds(Long.parseLong(stripped))));
    }
    try {
      Instant then =
          ZonedDateTime.parse(stripped, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Optional.of(bounded(Duration.between(now, then)));
    } catch (DateTimeParseException notADate) {
      return Optional.empty();
    }
  }

  private static Duration bounded(Duration wait) {
    if (wait.isNegative()) {
      return Duration.ZERO;
    }
    return wait.compareTo(MOST) > 0 ? MOST : wait;
  }
}
