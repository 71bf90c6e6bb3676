/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that somebody probably meant. */
final class Spelling {
  private Spelling() {}

  /**
   * The candidate that is nearest to a misspelt name, if any is near enough. Case, dashes and
   * underscores do not count: {@code maximumWeight} means {@code maximum-weight}.
   */
  static Optional<String> nearest(String misspelt, Collection<String> candidates) {
    String wanted = folded(misspelt);
    int limit = Math.clamp(wanted.length() / 3, 1, 4);
    String nearest = null;
    for (String candidate : candidates) {
      int distance = distance(wanted, folded(candidate));
      if (distance <= limit) {
        nearest = candidate;
        limit = distance - 1;
      }
    }
    return Optional.ofNullable(nearest);
  }

  private static String folded(String name) {
    return name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
  }

  // Levenshtein, one row at a time.
  private static int distance(String left, String right) {
    int[] row = new int[right.length() + 1];
    Arrays.setAll(row, i -> i);
    for (int l = 1; l <= left.length(); l++) {
      int diagonal = row[0];
      row[0] = l;
      for (int r = 1; r <= right.length(); r++) {
        int change = diagonal + (left.charAt(l - 1) == right.charAt(r - 1) ? 0 : 1);
        diagonal = row[r];
        row[r] = Math.min(change, 1 + Math.min(diagonal, row[r - 1]));
      }
    }
    return row[right.length()];
  }
}
