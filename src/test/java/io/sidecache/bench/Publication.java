/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The report as files: a page in Markdown and the chart that it shows. */
record Publication(Report report) {
  private static final String PAGE = "benchmark.md";
  private static final String IMAGE = "images/benchmark.svg";

  /** Writes both, in place of what was there; gives the page. */
  Path write(Path directory) throws IOException {
    Path page = directory.resolve(PAGE);
    Path image = directory.resolve(IMAGE);
    Files.createDirectories(image.getParent());
    Files.writeString(page, markdown());
    Files.writeString(image, RatioChart.of(report.rows()));
    return page;
  }

  private String markdown() {
    return """
    # Benchmark

    `./mvnw -Pbench verify` measured this and wrote this page. Read the ratios: each figure stands beside a
    yardstick that was measured in the same run, in turns, because a figure alone says more about the machine.

    ![Each ratio as a bar, with a mark where its goal is](%s)

    """
            .formatted(IMAGE)
        + report;
  }
}
