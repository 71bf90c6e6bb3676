/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** The table says what fails, too. */
final class TableTest {
  private final Table table = new Table();

  @Test
  void run_checkThatFails_isAFailureInTheTable() throws Exception {
    table.run(new Clause("GET", "answers 200 | 404", () -> {}));
    Clause failing =
        new Clause(
            "GET",
            "is never wrong",
            () -> {
              throw new AssertionError("it was");
            });

    assertThatThrownBy(() -> table.run(failing)).hasMessage("it was");

    assertThat(table.failures()).isEqualTo(1);
    assertThat(table.markdown())
        .contains("| GET | answers 200 \\| 404 | holds |\n")
        .contains("| GET | is never wrong | **FAILS** |\n")
        .endsWith("2 clauses, 1 failures\n");
  }
}
