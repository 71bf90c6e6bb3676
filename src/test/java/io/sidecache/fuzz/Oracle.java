/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What targets say of a finding, and how they take an input apart. */
public final class Oracle {
  private Oracle() {}

  /** Fails where two readings of one input differ. */
  public static void same(@Nullable Object reference, @Nullable Object tested, String what) {
    if (!Objects.equals(reference, tested)) {
      throw new AssertionError(what + ": must be " + reference + ", was " + tested);
    }
  }

  /** Fails where a rule does not hold. */
  public static void holds(boolean holds, String rule) {
    if (!holds) {
      throw new AssertionError(rule);
    }
  }

  /** The input as text as PostgreSQL would give it, which is always well-formed. */
  public static String utf8(byte[] input) {
    return new String(input, StandardCharsets.UTF_8);
  }

  /** The input as the text of an HTTP field, an octet a character. */
  public static String latin1(byte[] input) {
    return new String(input, StandardCharsets.ISO_8859_1);
  }

  /**
   * The input's lines, as many as are asked for; the last takes the rest, missing ones are empty.
   */
  public static List<String> lines(String input, int count) {
    String[] lines = new String[count];
    int from = 0;
    for (int i = 0; i < count; i++) {
      int end = i + 1 == count ? -1 : input.indexOf('\n', from);
      int to = end < 0 ? input.length() : end;
      lines[i] = input.substring(from, to);
      from = Math.min(to + 1, input.length());
    }
    return List.of(lines);
  }
}
