/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What a garbage collector wrote to its log ({@code -Xlog:gc}).
 *
 * @param young collections of the young generation
 * @param full collections of the whole heap
 * @param longestMillis the longest pause
 * @param usedBytes what was in use after the last one
 */
record Collections(long young, long full, double longestMillis, long usedBytes) {
  private static final Pattern PAUSE =
      Pattern.compile("Pause (Young|Full).* \\d+M->(\\d+)M\\(\\d+M\\) ([\\d.]+)ms");

  static Collections parse(String log) {
    long young = 0;
    long full = 0;
    double longestMillis = 0;
    long usedBytes = 0;
    for (MatchResult pause : PAUSE.matcher(log).results().toList()) {
      if (pause.group(1).equals("Full")) {
        full++;
      } else {
        young++;
      }
      usedBytes = Long.parseLong(pause.group(2)) << 20;
      longestMillis = Math.max(longestMillis, Double.parseDouble(pause.group(3)));
    }
    return new Collections(young, full, longestMillis, usedBytes);
  }
}
