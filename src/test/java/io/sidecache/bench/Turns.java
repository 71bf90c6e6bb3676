/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What two rivals reached in rounds that took turns. A neighbour on the machine slows both down for
 * a while, so the ratio is the median of the rounds' own ratios, not the ratio of the medians.
 */
record Turns(List<Double> ours, List<Double> yardstick) {
  Turns {
    ours = List.copyOf(ours);
    yardstick = List.copyOf(yardstick);
    if (ours.size() != yardstick.size()) {
      throw new IllegalArgumentException("rounds must come in pairs");
    }
  }

  double ratio() {
    return Median.of(
        IntStream.range(0, ours.size())
            .mapToObj(round -> ours.get(round) / yardstick.get(round))
            .toList());
  }
}
