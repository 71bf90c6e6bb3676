/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private static final Duration INITIAL = Duration.ofMillis(100);
  private static final Duration MAXIMUM = Duration.ofSeconds(10);

  @Test
  void delay_greatestDraw_doublesUpToTheMaximum() {
    Backoff backoff = new Backoff(INITIAL, MAXIMUM, () -> Math.nextDown(1.0));

    assertThat(backoff.delay(1)).isBetween(Duration.ofMillis(99), INITIAL);
    assertThat(backoff.delay(2)).isBetween(Duration.ofMillis(199), Duration.ofMillis(200));
    assertThat(backoff.delay(7)).isBetween(Duration.ofMillis(6_399), Duration.ofMillis(6_400));
    assertThat(backoff.delay(8)).isBetween(Duration.ofMillis(9_999), MAXIMUM);
    assertThat(backoff.delay(Integer.MAX_VALUE)).isBetween(Duration.ofMillis(9_999), MAXIMUM);
  }

  @Test
  void delay_smallestDraw_isNeverNegative() {
    Backoff backoff = new Backoff(INITIAL, MAXIMUM, () -> 0.0);

    for (int failures = 1; failures < 100; failures++) {
      assertThat(backoff.delay(failures)).isEqualTo(Duration.ZERO);
    }
  }

  @Test
  void delay_longestSettings_doesNotOverflow() {
    Backoff backoff = new Backoff(Duration.ofDays(1), Duration.ofDays(1), () -> 0.5);

    assertThat(backoff.delay(1)).isEqualTo(Duration.ofHours(12));
    assertThat(backoff.delay(64)).isEqualTo(Duration.ofHours(12));
  }
}
