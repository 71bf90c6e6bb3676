/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * The waits between attempts: each is drawn evenly from zero to a ceiling that doubles with every
 * failure ("full jitter"), so that a fleet that lost one server does not come back in step.
 *
 * <p>Immutable and safe for any thread, if the source of randomness is.
 */
public final class Backoff {
  private static final int MOST_DOUBLINGS = 30;

  private final long initialNanos;
  private final long maximumNanos;
  private final DoubleSupplier random;

  /**
   * Makes a backoff.
   *
   * @param initial the ceiling after the first failure
   * @param maximum the highest ceiling
   * @param random gives numbers from 0 inclusive to 1 exclusive
   */
  public Backoff(Duration initial, Duration maximum, DoubleSupplier random) {
    this.initialNanos = initial.toNanos();
    this.maximumNanos = maximum.toNanos();
    this.random = random;
  }

  /**
   * The wait after so many failures in a row.
   *
   * @param failures 1 or more
   */
  public Duration delay(int failures) {
    int doublings = Math.clamp(failures - 1L, 0, MOST_DOUBLINGS);
    long ceiling =
        initialNanos > maximumNanos >> doublings ? maximumNanos : initialNanos << doublings;
    return Duration.ofNanos((long) (random.getAsDouble() * ceiling));
  }
}
