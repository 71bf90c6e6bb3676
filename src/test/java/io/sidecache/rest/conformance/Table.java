/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What was found out about each clause, in the order in which it was. */
final class Table {
  private final List<Row> rows = new ArrayList<>();

  /** One clause and its result. */
  private record Row(Clause clause, boolean holds) {}

  /** Runs a clause's check and notes the result; passes on what the check throws. */
  void run(Clause clause) throws Exception {
    boolean holds = false;
    try {
      clause.check().run();
      holds = true;
    } finally {
      rows.add(new Row(clause, holds));
    }
  }

  int size() {
    return rows.size();
  }

  long failures() {
    return rows.stream().filter(row -> !row.holds).count();
  }

  String markdown() {
    StringBuilder out = new StringBuilder("| row | clause | result |\n| --- | --- | --- |\n");
    for (Row row : rows) {
      out.append("| ")
          .append(cell(row.clause.row()))
          .append(" | ")
          .append(cell(row.clause.text()))
          .append(" | ")
          .append(row.holds ? "holds" : "**FAILS**")
          .append(" |\n");
    }
    return out.append('\n')
        .append(rows.size())
        .append(" clauses, ")
        .append(failures())
        .append(" failures\n")
        .toString();
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  void write(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, markdown());
  }
}
