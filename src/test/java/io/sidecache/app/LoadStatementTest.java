/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidecache.cache.KeyForm;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoadStatementTest {
  private static final KeyForm TEXT = new KeyForm.Text(OptionalInt.empty());

  static Stream<Arguments> casts() {
    return Stream.of(
        Arguments.of("?::bigint", new KeyForm.Whole(8)),
        Arguments.of("? :: int4 and true", new KeyForm.Whole(4)),
        Arguments.of("cast(? as smallint)", new KeyForm.Whole(2)),
        Arguments.of("( (?) )::bigint", new KeyForm.Whole(8)),
        Arguments.of("cast((?) as bigint)", new KeyForm.Whole(8)),
        Arguments.of("(select x from t where id = ? limit 1)", TEXT),
        Arguments.of("CAST( ? AS Uuid )", new KeyForm.Uuid()),
        Arguments.of("?", TEXT),
        Arguments.of("?::text", TEXT),
        Arguments.of("?::character  varying", TEXT),
        Arguments.of("?::varchar(7)", new KeyForm.Text(OptionalInt.of(7))),
        Arguments.of("?::numeric(10,2)", new KeyForm.Decimal(OptionalInt.of(10), 2)),
        Arguments.of("cast(? as numeric( 10 , 2 ))", new KeyForm.Decimal(OptionalInt.of(10), 2)),
        Arguments.of("?::numeric + 0", new KeyForm.Decimal(OptionalInt.empty(), 0)),
        Arguments.of("?::timestamp\nwith time zone", new KeyForm.Moment(true, 6)),
        Arguments.of("?::timestamp(3) without time zone", new KeyForm.Moment(false, 3)),
        Arguments.of("?::timestamptz", new KeyForm.Moment(true, 6)),
        Arguments.of("?::timestamp at time zone 'UTC'", new KeyForm.Moment(false, 6)));
  }

  @ParameterizedTest
  @MethodSource("casts")
  void forms_castParameter_takeTheTypesForm(String parameter, KeyForm form) {
    String sql = "select x from t where id = " + parameter;
    assertThat(LoadStatement.parse(sql).forms()).containsExactly(form);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?::text::bigint",
        "trim(?)::bigint",
        "(?::text)::bigint",
        "( ( ?::text))::bigint",
        "cast(? as text)::bigint",
        "cast(cast(? as text) as bigint)",
        "cast(? || '' as bigint)",
        "?::bigint[]",
        "?::numeric(2,-3)",
        "?::\"char\"",
        "?::double precision",
        "?::my.kind",
        "?::citext"
      })
  void forms_castThatHidesTheSpelling_isRefused(String parameter) {
    LoadStatement load = LoadStatement.parse("select x from t where id = " + parameter);
    assertThatThrownBy(load::forms)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("casts a key");
  }

  @Test
  void parameters_questionMarksInLiteralsCommentsAndOperators_areNotCounted() {
    String sql =
        "select '?' || \"a?\", data ?? 'x' /* ? */ from t -- ?\n where a = ?::int and b = ?";
    assertThat(LoadStatement.parse(sql).parameters()).isEqualTo(2);
    assertThat(LoadStatement.parse(sql).forms()).isEqualTo(List.of(new KeyForm.Whole(4), TEXT));
  }

  @Test
  void parse_twoStatements_isRefused() {
    assertThatThrownBy(() -> LoadStatement.parse("select ?; delete from t"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one statement");
  }
}
