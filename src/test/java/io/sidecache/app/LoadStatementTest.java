/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidecache.cache.KeyForm;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LoadStatementTest {
  static Stream<Arguments> casts() {
    return Stream.of(
        Arguments.of("select x from t where id = ?::bigint", new KeyForm.Whole(8)),
        Arguments.of("select x from t where id = ? :: int4 and true", new KeyForm.Whole(4)),
        Arguments.of("select x from t where id = cast(? as smallint)", new KeyForm.Whole(2)),
        Arguments.of("select x from t where id = CAST( ? AS Uuid )", new KeyForm.Uuid()),
        Arguments.of("select x from t where id = ?", new KeyForm.Text()),
        Arguments.of("select x from t where id = ?::text", new KeyForm.Text()),
        Arguments.of("select x from t where id = ?::character varying", new KeyForm.Text()),
        Arguments.of(
            "select x from t where id = ?::numeric(10,2)", new KeyForm.Other("numeric(10,2)")),
        Arguments.of(
            "select x from t where id = ?::timestamp with time zone",
            new KeyForm.Other("timestamp with time zone")),
        Arguments.of("select x from t where id = ?::timestamptz", new KeyForm.Other("timestamptz")),
        Arguments.of("select x from t where id = ?::my.kind", new KeyForm.Other("my.kind")));
  }

  @ParameterizedTest
  @MethodSource("casts")
  void forms_castParameter_takeTheTypesForm(String sql, KeyForm form) {
    assertThat(LoadStatement.parse(sql).forms()).containsExactly(form);
  }

  @Test
  void parameters_questionMarksInLiteralsCommentsAndOperators_areNotCounted() {
    String sql =
        "select '?' || \"a?\", data ?? 'x' /* ? */ from t -- ?\n where a = ?::int and b = ?";
    assertThat(LoadStatement.parse(sql).parameters()).isEqualTo(2);
    assertThat(LoadStatement.parse(sql).forms())
        .isEqualTo(List.of(new KeyForm.Whole(4), new KeyForm.Text()));
  }

  @Test
  void parse_twoStatements_isRefused() {
    assertThatThrownBy(() -> LoadStatement.parse("select ?; delete from t"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("one statement");
  }
}
