/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class RetryAfterTest {
  private static final Instant NOW = Instant.parse("2026-11-23T08:49:00Z");

  @Test
  void parse_secondsAndDates_areUnderstoodAndBounded() {
    assertThat(RetryAfter.parse(" 120 ", NOW)).hasValue(Duration.ofMinutes(2));
    assertThat(RetryAfter.parse("0", NOW)).hasValue(Duration.ZERO);
    assertThat(RetryAfter.parse("99999999999999999999", NOW)).hasValue(RetryAfter.MOST);
    assertThat(RetryAfter.parse("Mon, 23 Nov 2026 08:49:37 GMT", NOW))
        .hasValue(Duration.ofSeconds(37));
    assertThat(RetryAfter.parse("Mon, 23 Nov 2026 08:48:37 GMT", NOW)).hasValue(Duration.ZERO);
    assertThat(RetryAfter.parse("Tue, 24 Nov 2026 08:48:37 GMT", NOW)).hasValue(RetryAfter.MOST);
  }

  @Test
  void parse_anythingElse_isNothing() {
    for (String text : new String[] {"", "soon", "-1", "1.5", "٣"}) {
      assertThat(RetryAfter.parse(text, NOW)).as(text).isEmpty();
    }
  }
}
