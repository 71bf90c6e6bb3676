/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A query whose rows are fetched in parts, within a transaction. Blocks.
 *
 * <p>Declared in SQL: pgjdbc's own fetch size names the prepared statement and keeps it for the
 * next time (QueryExecutorImpl, {@code sendParse}: not one-shot with a portal), and behind a
 * transaction pooler the next time is another server's session, whatever {@code prepareThreshold}
 * says.
 */
final class SqlCursor {
  private static final int FETCH_ROWS = 1000;

  private SqlCursor() {}

  /** Takes one row. */
  @FunctionalInterface
  interface Row {
    /**
     * Reads the row that the result stands on.
     *
     * @return whether more rows are wanted
     */
    boolean take(ResultSet row) throws SQLException;
  }

  /**
   * Runs a query.
   *
   * @param query without parameters; what stands in it must have been checked
   * @return how many rows were taken
   */
  static long fetch(Connection connection, String query, Row each) throws SQLException {
    long rows = 0;
    try (Statement statement = connection.createStatement()) {
      statement.execute("declare sidecache_rows no scroll cursor for " + query);
      int part;
      do {
        part = 0;
        try (ResultSet row =
            statement.executeQuery("fetch " + FETCH_ROWS + " from sidecache_rows")) {
          while (row.next()) {
            part++;
            rows++;
            if (!each.take(row)) {
              return rows;
            }
          }
        }
      } while (part == FETCH_ROWS);
      statement.execute("close sidecache_rows");
    }
    return rows;
  }
}
