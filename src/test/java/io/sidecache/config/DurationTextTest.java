/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DurationTextTest {
  @ParameterizedTest
  @CsvSource({
    "100ms, PT0.1S",
    "10s, PT10S",
    "5m, PT5M",
    "1h30m, PT1H30M",
    "7d, PT168H",
    "1.5s, PT1.5S",
    "PT10S, PT10S",
    "p1dt2h, PT26H",
    "' 10S ', PT10S",
    "0s, PT0S",
    "36500d, PT876000H"
  })
  void parse_validText_givesDuration(String text, Duration duration) {
    assertThat(DurationText.parse(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "10",
        "s",
        "10 s",
        "ten",
        "1w",
        "1M1d",
        "-",
        "-5s",
        "-PT5S",
        "PT-5S",
        "--5s",
        "36501d",
        "999999999999999999d",
        "9999999999999999999ms",
        "9223372036854775807h",
        "٣s"
      })
  void parse_invalidText_isRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> DurationText.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S, 0s",
    "PT0.1S, 100ms",
    "PT90S, 90s",
    "PT1H30M, 90m",
    "PT24H, 1d",
    "PT0.0001S, PT0.0001S"
  })
  void of_anyDuration_readsBack(Duration duration, String text) {
    assertThat(DurationText.of(duration)).isEqualTo(text);
    assertThat(DurationText.parse(text)).isEqualTo(duration);
  }
}
