/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** The last column is what a notification's key becomes; nothing where it cannot be told. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      delimiter = ';',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "numeric;1.50;1.5",
        "numeric;-100.00;-100",
        "numeric;-0.00;0",
        "numeric;007;7",
        "numeric;100;100",
        "numeric;NaN;NaN",
        "numeric;-Infinity;-Infinity",
        "numeric;1e3;",
        "numeric;.5;",
        "numeric;5.;",
        "numeric;+5;",
        "numeric;٤;",
        "numeric(10,2);1.23;1.23",
        "numeric(10,2);1.234;",
        "numeric(4,2);99.99;99.99",
        "numeric(4,2);100;",
        "numeric(4,2);Infinity;",
        "numeric(3);100.0;100",
        "numeric(3,5);0.00123;0.00123",
        "numeric(3,5);0.01;",
        "decimal( 4 , 2 );1.20;1.2",
        "boolean;t;true",
        "bool;false;false",
        "boolean;yes;",
        "boolean;TRUE;",
        "bytea;\\xDEAD;\\xdead",
        "bytea;\\xdea;",
        "bytea;abc;",
        "char(3);ab ;ab",
        "char(3);abcd;",
        "char;a;a",
        "char;ab;",
        "character(2);🐘🐘;🐘🐘",
        "bpchar;a b  ;a b",
        "varchar(3);ab ;ab ",
        "varchar(3);abcd;",
        "text;042;042",
        "date;2026-03-01;2026-03-01",
        "date;2026-02-29;",
        "date;0000-01-01;",
        "date;01.03.2026;",
        "date;infinity;infinity",
        "timestamp;2026-03-01 12:00:00.500;2026-03-01 12:00:00.5",
        "timestamp;2026-03-01T12:00:00;2026-03-01 12:00:00",
        "timestamp;2026-03-01 12:00:00+00;",
        "timestamp;2026-03-01;",
        "timestamp;2026-03-01 24:00:00;",
        "timestamp(0);2026-03-01 12:00:00.5;",
        "timestamp(1);2026-03-01 12:00:00.50;2026-03-01 12:00:00.5",
        "timestamptz;2026-03-01 12:00:00+02;2026-03-01 10:00:00+00",
        "timestamptz;2026-03-01T10:00:00Z;2026-03-01 10:00:00+00",
        "timestamptz;2026-03-01T12:00:00.25+05:30;2026-03-01 06:30:00.25+00",
        "timestamptz;2026-03-01 12:00:00-03:30;2026-03-01 15:30:00+00",
        "timestamptz;2026-03-01 12:00:00;",
        "timestamptz;Sun 01 Mar 10:00:00 2026 UTC;",
        "timestamptz;0001-01-01 00:00:00+01;",
        "timestamptz(3);2026-03-01 12:00:00.1234+00;",
        "timestamp (3) with time zone;2026-03-01 12:00:00.120+00;2026-03-01 12:00:00.12+00",
        "uuid;018F3C6E-7B0A-7CC2-98C4-DC0C0C07398F;018f3c6e-7b0a-7cc2-98c4-dc0c0c07398f",
        "pg_catalog.int8;42;42",
        "bigint;42.00;",
      })
  void spelled_notationsOfPostgresql_haveOneSpelling(String type, String text, String spelled) {
    Optional<String> expected = Optional.ofNullable(spelled);
    assertThat(KeyForm.ofType(type).spelled(text)).isEqualTo(expected);
    assertThat(KeyForm.ofType(type).fits(text)).isEqualTo(text.equals(spelled));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "real",
        "double precision",
        "float8",
        "money",
        "json",
        "interval",
        "time",
        "citext",
        "mood",
        "my.kind",
        "int; drop table t; --"
      })
  void ofType_withoutAKnownSpelling_isRefused(String type) {
    assertThatThrownBy(() -> KeyForm.ofType(type))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no single spelling is known");
  }

  @Test
  void spelled_keyOfSeveralParts_isSpeltPartByPart() {
    KeyForms forms =
        new KeyForms(
            List.of(KeyForm.ofType("numeric"), KeyForm.ofType("text")),
            key -> Optional.of(Arrays.asList(key.split("/"))),
            parts -> String.join("/", parts));
    assertThat(forms.spelled("1.50/1.50")).contains("1.5/1.50");
    assertThat(forms.spelled("1.5x/1")).isEmpty();
    assertThat(forms.spelled("1.5")).isEmpty();
  }
}
