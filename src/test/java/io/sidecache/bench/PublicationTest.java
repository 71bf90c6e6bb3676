/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PublicationTest {
  private final Report report = new Report();

  @Test
  void write_allKindsOfRows_areInTheTable(@TempDir Path directory) throws Exception {
    report.heading("Some machine.");
    report.atMost("met", 1, 1, 1.3, Double::toString);
    report.atLeast("missed", new Turns(List.of(1.0), List.of(2.0)), 0.85, Double::toString);
    report.alone("without", "12 ms");
    report.alone("beside nobody", "12", "not installed");
    report.note("How it was measured.");

    Path page = new Publication(report).write(directory);

    assertThat(Files.readAllLines(page))
        .containsSubsequence(
            "# Benchmark",
            "![Each ratio as a bar, with a mark where its goal is](images/benchmark.svg)",
            "Some machine.",
            "| figure | ours | yardstick | ratio | goal | met? |",
            "| met | 1.0 | 1.0 | 1.00 | ≤ 1.3 | yes |",
            "| missed | 1.0 | 2.0 | 0.50 | ≥ 0.85 | **no** |",
            "| without | 12 ms |  |  |  |  |",
            "| beside nobody | 12 | not installed |  |  |  |",
            "- How it was measured.");
    assertThat(directory.resolve("images/benchmark.svg")).isNotEmptyFile();
  }

  @Test
  void rows_inTurns_haveTheMedianOfTheRoundsRatios() {
    report.rate(
        "rate", new Turns(List.of(1.0, 2.0, 9.0), List.of(1.0, 4.0, 3.0)), Double::toString);

    assertThat(report.rows().getFirst().comparison())
        .hasValueSatisfying(comparison -> assertThat(comparison.ratio()).isEqualTo(1));
  }
}
