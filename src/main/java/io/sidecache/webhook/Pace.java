/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * The waits between attempts: drawn evenly from half of a ceiling to the whole, which doubles with
 * every failure. Immutable and safe for any thread, if the source of randomness is.
 *
 * @param retries the ceilings
 * @param random gives numbers from 0 inclusive to 1 exclusive
 */
record Pace(PeerSettings.Retries retries, DoubleSupplier random) {
  private static final int MOST_DOUBLINGS = 30;

  /**
   * The wait after so many failures in a row.
   *
   * @param failures 1 or more
   */
  Duration after(long failures) {
    int doublings = (int) Math.clamp(failures - 1, 0L, MOST_DOUBLINGS);
    long initialNanos = retries.initial().toNanos();
    long maximumNanos = retries.maximum().toNanos();
    long ceiling =
        initialNanos > maximumNanos >> doublings ? maximumNanos : initialNanos << doublings;
    return Duration.ofNanos(ceiling / 2 + (long) (random.getAsDouble() * (ceiling - ceiling / 2)));
  }
}
