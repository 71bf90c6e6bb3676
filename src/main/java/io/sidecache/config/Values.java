/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The checks of a single value: each gives the value, or notes a problem and gives the default, so
 * that the checks that follow can go on.
 */
final class Values {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private final Problems problems;

  Values(Problems problems) {
    this.problems = problems;
  }

  Problems problems() {
    return problems;
  }

  /** A duration longer than zero. */
  Duration duration(String name, Optional<String> text, Duration otherwise) {
    return duration(name, text).orElse(otherwise);
  }

  /** A duration longer than zero, if one is set. */
  Optional<Duration> duration(String name, Optional<String> text) {
    return parsed(name, text, DurationText::parse)
        .filter(
            duration -> {
              if (duration.isZero()) {
                problems.wrong(name, text.orElse(""), "must be longer than 0s");
              }
              return !duration.isZero();
            });
  }

  /** A duration that may be zero. */
  Duration durationOrZero(String name, Optional<String> text, Duration otherwise) {
    return parsed(name, text, DurationText::parse).orElse(otherwise);
  }

  Optional<Long> memory(String name, Optional<String> text) {
    return parsed(name, text, MemorySizeText::parse);
  }

  Optional<Long> number(String name, Optional<String> text, long least, long most) {
    return parsed(
        name,
        text,
        written -> {
          String rule = "must be a whole number from " + least + " to " + most;
          try {
            long number = Long.parseLong(written.strip());
            if (number >= least && number <= most) {
              return number;
            }
          } catch (NumberFormatException e) {
            throw new IllegalArgumentException(rule, e);
          }
          throw new IllegalArgumentException(rule);
        });
  }

  Optional<Boolean> flag(String name, Optional<String> text) {
    return parsed(
        name,
        text,
        written ->
            switch (written.strip().toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new IllegalArgumentException("must be true or false");
            });
  }

  /** One word of several. */
  String word(String name, Optional<String> text, String otherwise, List<String> words) {
    return parsed(
            name,
            text,
            written -> {
              String word = written.strip();
              if (!words.contains(word)) {
                throw new IllegalArgumentException("must be " + String.join(" or ", words));
              }
              return word;
            })
        .orElse(otherwise);
  }

  /**
   * The parts of a list. A space after a comma is no part of what follows, so it is left out.
   *
   * @return empty where the setting is not set
   */
  static Optional<List<String>> items(Optional<List<String>> list) {
    return list.map(
            parts -> parts.stream().map(String::strip).filter(part -> !part.isEmpty()).toList())
        .filter(parts -> !parts.isEmpty());
  }

  /** Whether a name can stand as one path segment of the HTTP interface without escaping. */
  static boolean isPlainName(String name) {
    return NAME.matcher(name).matches() && !".".equals(name) && !"..".equals(name);
  }

  /** Notes a problem where a name chosen by people cannot stand in a path. */
  void plainName(String group, String key) {
    if (!isPlainName(key)) {
      problems.hidden(
          SettingNames.of(group, key),
          "a name must be 1 to 128 characters out of A-Z a-z 0-9 . _ - and not . or .., because it"
              + " is a path segment of the HTTP interface");
    }
  }

  private <T> Optional<T> parsed(String name, Optional<String> text, Function<String, T> parser) {
    if (text.isEmpty() || problems.has(name)) {
      return Optional.empty();
    }
    try {
      return Optional.of(parser.apply(text.get()));
    } catch (IllegalArgumentException e) {
      problems.wrong(name, text.get(), String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }
}
