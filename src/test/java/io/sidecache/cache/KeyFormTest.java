/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFormTest {
  private static final KeyForm BIGINT = new KeyForm.Whole(8);

  @ParameterizedTest
  @ValueSource(strings = {"0", "42", "-1", "9223372036854775807", "-9223372036854775808"})
  void whole_asPostgresqlPrintsIt_fits(String text) {
    assertThat(BIGINT.fits(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "042", "+42", " 42", "42 ", "-0", "4.0", "1e3", "٤٢", "9223372036854775808"})
  void whole_otherSpelling_doesNotFit(String text) {
    assertThat(BIGINT.fits(text)).isFalse();
  }

  @Test
  void whole_outOfItsRange_doesNotFit() {
    assertThat(new KeyForm.Whole(2).fits("32767")).isTrue();
    assertThat(new KeyForm.Whole(2).fits("32768")).isFalse();
    assertThat(new KeyForm.Whole(4).fits("-2147483648")).isTrue();
    assertThat(new KeyForm.Whole(4).fits("2147483648")).isFalse();
  }

  @Test
  void uuid_lowerCaseWithHyphens_fits() {
    KeyForm uuid = new KeyForm.Uuid();
    assertThat(uuid.fits("018f3c6e-7b0a-7cc2-98c4-dc0c0c07398f")).isTrue();
    assertThat(uuid.fits("018F3C6E-7B0A-7CC2-98C4-DC0C0C07398F")).isFalse();
    assertThat(uuid.fits("018f3c6e7b0a7cc298c4dc0c0c07398f")).isFalse();
    assertThat(uuid.fits("{018f3c6e-7b0a-7cc2-98c4-dc0c0c07398f}")).isFalse();
  }

  @Test
  void other_notTheNameOfAType_isRefused() {
    assertThatThrownBy(() -> new KeyForm.Other("int); drop table t; --"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(new KeyForm.Other("numeric(10,2)").fits("1.00")).isTrue();
  }
}
