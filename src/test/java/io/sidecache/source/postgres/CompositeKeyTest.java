/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CompositeKeyTest {
  private static final Set<Integer> TWO = Set.of(2);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[\"7\",\"42\"] | [\"7\",\"42\"]",
        "[\"7\", \"42\"] | [\"7\",\"42\"]",
        "[7,42] | [\"7\",\"42\"]",
        "'[ 7 , 1.50 ] ' | [\"7\",\"1.50\"]",
        "[true,\"\\u00e4\"] | [\"true\",\"ä\"]",
        "[\"\\/\",\"\\u0022\"] | [\"/\",\"\\\"\"]"
      })
  void written_arrayOfSoManyScalars_isTheOneForm(String given, String written) {
    assertThat(CompositeKey.written(given, TWO)).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "42",
        "",
        "[",
        "[]",
        "[7]",
        "[7,42,1]",
        "[7,null]",
        "[7,[42]]",
        "[7,{}]",
        "[7,42]x",
        "[7,42",
        "[7,,42]",
        "[7,42,]",
        "{\"a\":1,\"b\":2}",
        "[\"a\",\"\\uqqqq\"]",
        " [7,42]"
      })
  void written_anythingElse_isLeftAsItIs(String given) {
    assertThat(CompositeKey.written(given, TWO)).isEqualTo(given);
  }
}
