/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import io.sidecache.stream.StreamPosition;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Fuzzes the fields of requests: Cache-Control, Authorization and Last-Event-ID. */
public final class FieldFuzz {
  private static final String TOKEN = "correct-horse-battery-staple";
  private static final BearerGuard GUARD =
      new BearerGuard(List.of(TOKEN.getBytes(StandardCharsets.UTF_8)));

  private FieldFuzz() {}

  /** One input: the three fields in a line each. {@code $} stands for the right token. */
  public static void fuzzerTestOneInput(byte[] input) {
    List<String> lines = Oracle.lines(Oracle.latin1(input), 3);
    cacheControl(lines.get(0));
    bearer(lines.get(1).replace("$", TOKEN));
    position(lines.get(2));
  }

  private static void bearer(String field) {
    int blank = field.indexOf(' ');
    boolean wanted =
        blank > 0
            && field.substring(0, blank).equalsIgnoreCase("Bearer")
            && field.substring(blank + 1).strip().equals(TOKEN);
    same(wanted, GUARD.isAccepted(List.of(field)), "whether the token is right");
  }

  private static void position(String field) {
    Optional<StreamPosition> after = EventHandler.after(field);
    if (after.equals(Optional.of(StreamPosition.ELSEWHERE))) {
      holds(!field.strip().matches("[0-9a-f]{16}-(0|[1-9][0-9]{0,17})"), "a position was refused");
      return;
    }
    same(
        field.strip(),
        after.map(StreamPosition::toString).orElse(""),
        "the position as it is sent");
  }

  /** Each directive that bounds something must do so, whatever else stands in the field. */
  private static void cacheControl(String field) {
    RequestDirectives read = RequestDirectives.parse(field);
    List<String> directives = directives(field);
    if (directives.contains("no-cache")) {
      holds(read.noCache(), "no-cache was not heard");
    }
    if (directives.contains("no-store")) {
      holds(read.noStore(), "no-store was not heard");
    }
    if (directives.contains("only-if-cached")) {
      holds(read.onlyIfCached(), "only-if-cached was not heard");
    }
    String lower = field.toLowerCase(Locale.ROOT);
    holds(!read.noCache() || lower.contains("no-cache"), "no-cache was not said");
    holds(!read.noStore() || lower.contains("no-store"), "no-store was not said");
    holds(!read.onlyIfCached() || lower.contains("only-if-cached"), "nor was only-if-cached");
    bound(directives, "max-age", read.maxAgeSeconds(), lower);
    bound(directives, "max-stale", read.maxStaleSeconds(), lower);
  }

  private static void bound(List<String> directives, String name, OptionalLong read, String field) {
    holds(read.isEmpty() || field.contains(name), name + " was not said");
    holds(read.isEmpty() || read.getAsLong() >= 0, name + " is not negative");
    for (String directive : directives) {
      Long wanted = seconds(directive, name);
      if (wanted != null) {
        holds(
            read.isPresent() && read.getAsLong() <= wanted,
            name + " must be " + wanted + " at most, was " + read);
      }
    }
    if (directives.size() == 1 && field.indexOf('"') < 0) {
      Long wanted = seconds(directives.getFirst(), name);
      same(wanted == null ? OptionalLong.empty() : OptionalLong.of(wanted), read, name + " alone");
    }
  }

  /** Null where the directive is another one, or bounds nothing. */
  private static @Nullable Long seconds(String directive, String name) {
    if (directive.equals(name)) {
      return name.equals("max-stale") ? null : 0L;
    }
    if (!directive.startsWith(name)) {
      return null;
    }
    String rest = directive.substring(name.length()).strip();
    if (!rest.startsWith("=")) {
      return null;
    }
    String value = rest.substring(1).strip();
    if (value.matches("\"[^\"]*\"")) {
      value = value.substring(1, value.length() - 1);
    }
    if (!value.matches("[0-9]+")) {
      return 0L;
    }
    String digits = value.replaceAll("^0+(?=.)", "");
    return digits.length() > 10
        ? Integer.MAX_VALUE
        : Math.min(Long.parseLong(digits), Integer.MAX_VALUE);
  }

  /** Divided at the commas that do not stand in quotes; quotes that do not close are none. */
  private static List<String> directives(String field) {
    List<String> directives = new ArrayList<>();
    StringBuilder one = new StringBuilder();
    boolean quoted = false;
    for (char c : field.toLowerCase(Locale.ROOT).toCharArray()) {
      quoted ^= c == '"';
      if (c == ',' && !quoted) {
        directives.add(one.toString().strip());
        one.setLength(0);
      } else {
        one.append(c);
      }
    }
    directives.add(one.toString().strip());
    return directives;
  }
}
