/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.testing.TestPostgres.Database;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What an UPDATE of all of a table's 100 000 rows costs where the table is attached, beside the
 * same on a table that is not. The tables take turns; each is vacuumed before it is its turn again.
 */
final class UpdateCost {
  private static final int ROUNDS = 15;
  private static final double LIMIT = 1.25;

  private final Database database;

  UpdateCost(Database database) {
    this.database = database;
  }

  private enum Table {
    PLAIN(""),
    /** More than 10 000 keys become one whole cache. */
    COARSENED("select sidecache.attach('coarsened', 'coarsened')"),
    LOGGED("select sidecache.attach('logged', 'logged', coarsen_after => 1000000)");

    private final String attach;

    Table(String attach) {
      this.attach = attach;
    }

    String sql() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  void run(Report report) throws SQLException, IOException {
    install();
    Map<Table, List<Double>> millis = new EnumMap<>(Table.class);
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      for (Table table : Table.values()) {
        create(statement, table);
        millis.put(table, new ArrayList<>());
        update(statement, table);
      }
      for (int round = 0; round < ROUNDS; round++) {
        for (Table table : Table.values()) {
          Objects.requireNonNull(millis.get(table)).add(update(statement, table));
        }
      }
    }
    double plain = median(millis, Table.PLAIN);
    report.atMost(
        "UPDATE of 100,000 rows, attached",
        median(millis, Table.COARSENED),
        plain,
        LIMIT,
        this::ms);
    report.atMost(
        "the same, all keys logged", median(millis, Table.LOGGED), plain, LIMIT, this::ms);
  }

  private void install() throws IOException {
    try (InputStream script =
        UpdateCost.class.getResourceAsStream("/db/sidecache/V1__sidecache.sql")) {
      database.execute(
          new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static void create(Statement statement, Table table) throws SQLException {
    statement.execute(
        """
        create table %1$s (id bigint primary key, name text, category int, n int not null default 0);
        insert into %1$s select g, repeat('x', 100), g %% 1000 from generate_series(1, 100000) g
        """
            .formatted(table.sql()));
    if (!table.attach.isEmpty()) {
      statement.execute(table.attach);
    }
  }

  private static double update(Statement statement, Table table) throws SQLException {
    statement.execute("vacuum analyze " + table.sql());
    statement.execute("checkpoint");
    long startNanos = System.nanoTime();
    statement.execute("update " + table.sql() + " set n = n + 1");
    return (System.nanoTime() - startNanos) / 1e6;
  }

  private static double median(Map<Table, List<Double>> millis, Table table) {
    return Median.of(Objects.requireNonNull(millis.get(table)));
  }

  private String ms(double millis) {
    return String.format(Locale.ROOT, "%.0f ms", millis);
  }
}
