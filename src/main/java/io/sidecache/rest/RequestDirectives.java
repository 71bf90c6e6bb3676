/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.NamedCache.Reading;
import java.math.BigInteger;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What a request's {@code Cache-Control} asks for (RFC 9111, section 5.2.1). Unknown directives are
 * ignored, as section 5.2.3 wants; a delta-seconds that is not a number counts as 0, the careful
 * side.
 *
 * @param noCache do not answer from memory
 * @param noStore do not keep what is loaded
 * @param onlyIfCached do not ask the database
 * @param maxAgeSeconds the oldest value from memory that will do
 * @param maxStaleSeconds for how long a value from memory may have been stale. For how long it has
 *     been while freshness cannot be proven nobody knows; its age is the upper bound
 * @param minFreshSeconds for how long a value from memory must be good yet, as far as its own life
 *     goes; 0 where nothing is asked
 */
record RequestDirectives(
    boolean noCache,
    boolean noStore,
    boolean onlyIfCached,
    OptionalLong maxAgeSeconds,
    OptionalLong maxStaleSeconds,
    long minFreshSeconds) {
  static final RequestDirectives NONE =
      new RequestDirectives(false, false, false, OptionalLong.empty(), OptionalLong.empty(), 0);

  private static final BigInteger MOST_SECONDS = BigInteger.valueOf(Integer.MAX_VALUE);

  static RequestDirectives parse(@Nullable String header) {
    if (header == null) {
      return NONE;
    }
    boolean noCache = false;
    boolean noStore = false;
    boolean onlyIfCached = false;
    OptionalLong maxAge = OptionalLong.empty();
    OptionalLong maxStale = OptionalLong.empty();
    long minFresh = 0;
    for (String part : header.split(",", -1)) {
      String directive = part.strip().toLowerCase(Locale.ROOT);
      int equals = directive.indexOf('=');
      String name = equals < 0 ? directive : directive.substring(0, equals).strip();
      switch (name) {
        case "no-cache" -> noCache = true;
        case "no-store" -> noStore = true;
        case "only-if-cached" -> onlyIfCached = true;
        case "max-age" -> maxAge = narrower(maxAge, directive.substring(equals + 1));
        case "max-stale" -> {
          if (equals >= 0) { // without a number, any will do
            maxStale = narrower(maxStale, directive.substring(equals + 1));
          }
        }
        case "min-fresh" ->
            minFresh = Math.max(minFresh, deltaSeconds(directive.substring(equals + 1)));
        default -> {} // RFC 9111, section 5.2.3
      }
    }
    return new RequestDirectives(noCache, noStore, onlyIfCached, maxAge, maxStale, minFresh);
  }

  /**
   * Of bounds that are said twice the narrower one, whichever comes last: a comma in a quoted
   * string is taken for the end of a directive, so one of them may be part of another's text.
   */
  private static OptionalLong narrower(OptionalLong known, String given) {
    long seconds = deltaSeconds(given);
    return OptionalLong.of(Math.min(seconds, known.orElse(seconds)));
  }

  /** RFC 9111, section 1.2.2: a value too large to hold counts as the largest. */
  static long deltaSeconds(String text) {
    String digits = unquoted(text.strip());
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return 0;
    }
    return new BigInteger(digits).min(MOST_SECONDS).longValue();
  }

  private static String unquoted(String text) {
    return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
        ? text.substring(1, text.length() - 1)
        : text;
  }

  /** Whether a value from memory will do. */
  boolean accepts(Reading.Hit hit) {
    return !noCache
        && isWithin(hit.ageNanos(), maxAgeSeconds)
        && isWithin(hit.staleNanos(), maxStaleSeconds)
        && (minFreshSeconds == 0 || isFreshFor(hit, minFreshSeconds));
  }

  private static boolean isFreshFor(Reading.Hit hit, long seconds) {
    return !hit.duringGap() && (!hit.entry().hasEnd() || hit.ttlSeconds() >= seconds);
  }

  private static boolean isWithin(long ageNanos, OptionalLong boundSeconds) {
    return boundSeconds.isEmpty() || ageNanos <= boundSeconds.getAsLong() * 1_000_000_000L;
  }
}
