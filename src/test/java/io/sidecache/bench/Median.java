/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.util.Arrays;
import java.util.List;

/** The middle of several rounds: one round that the machine spoilt does not move it. */
final class Median {
  private Median() {}

  static double of(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return of(sorted);
  }

  private static double of(double... sorted) {
    if (sorted.length == 0) {
      throw new IllegalArgumentException("a median needs one value at least");
    }
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
