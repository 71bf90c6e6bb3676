/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists of strings, by the grammar of RFC 9651. */
final class StringListTest {
  @Test
  void parse_lists_giveTheirMembersInOrder() {
    assertThat(StringList.parse("")).isEmpty();
    assertThat(StringList.parse("   ")).isEmpty();
    assertThat(StringList.parse("\"a\"")).containsExactly("a");
    assertThat(StringList.parse("  \"a\" \t, \t\"b c\",\"\"  ")).containsExactly("a", "b c", "");
    assertThat(StringList.parse("\"a,\\\"b\\\\\"")).containsExactly("a,\"b\\");
  }

  @Test
  void parse_parameters_areIgnored() {
    assertThat(
            StringList.parse(
                "\"a\";x;  y=1;z=-2.5, \"b\";q=\"s;,\\\"\";t=*tok/en:x;b=:YWI=:;f=?0;d=@-3;s=%\"f%c3%bc\""))
        .containsExactly("a", "b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "\"a",
        "a\"",
        "\"a\",",
        ",\"a\"",
        "\"a\",,\"b\"",
        "\"a\" \"b\"",
        "'a'",
        "(\"a\")",
        "\"a\\n\"",
        "\"a\\",
        "\"\u00e4\"",
        "\"\u0007\"",
        "\"\u007f\"",
        "\t\"a\"",
        "\"a\";",
        "\"a\";X",
        "\"a\";x=",
        "\"a\";x=:YQ",
        "\"a\";x=(1)",
        "\"a\" ;x",
        "?1",
        "1",
        ":YWI=:"
      })
  void parse_anythingElse_isRefused(String field) {
    assertThatThrownBy(() -> StringList.parse(field))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("must ");
  }

  @Test
  void write_names_areReadBackAsTheyWere() {
    List<String> names = List.of("category-7", "a \"b\" \\ c", " ");
    assertThat(StringList.write(names)).isEqualTo("\"category-7\", \"a \\\"b\\\" \\\\ c\", \" \"");
    assertThat(StringList.parse(StringList.write(names))).isEqualTo(names);
  }

  @Test
  void write_namesThatNoStringCanHold_areLeftOut() {
    assertThat(StringList.write(List.of("\u00e4", "a", "b\n"))).isEqualTo("\"a\"");
    assertThat(StringList.write(List.of("\u00e4"))).isEmpty();
  }
}
