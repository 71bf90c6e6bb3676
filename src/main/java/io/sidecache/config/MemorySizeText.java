/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Amounts of memory as people write them: {@code 512K}, {@code 64M}, {@code 1G}, or plain bytes.
 */
final class MemorySizeText {
  private static final Pattern FORM = Pattern.compile("(\\d{1,18})([KMG]?)");

  private MemorySizeText() {}

  /**
   * Reads an amount of bytes, at least 1; K, M and G are powers of 1024.
   *
   * @throws IllegalArgumentException with the rule that was broken as its message
   */
  static long parse(String text) {
    Matcher form = FORM.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "must be an amount of memory such as 512K, 64M, 1G or 1048576 (bytes)");
    }
    int shift =
        switch (form.group(2)) {
          case "K" -> 10;
          case "M" -> 20;
          case "G" -> 30;
          default -> 0;
        };
    long bytes;
    try {
      bytes = Math.multiplyExact(Long.parseLong(form.group(1)), 1L << shift);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("is more memory than can be counted", e);
    }
    if (bytes == 0) {
      throw new IllegalArgumentException("must be more than 0");
    }
    return bytes;
  }

  /** The shortest text that reads back as the amount. */
  static String of(long bytes) {
    for (int shift = 30; shift > 0; shift -= 10) {
      if (bytes % (1L << shift) == 0) {
        return (bytes >> shift) + String.valueOf(" KMG".charAt(shift / 10));
      }
    }
    return Long.toString(bytes);
  }
}
