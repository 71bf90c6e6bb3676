/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Tells whether somebody prunes the log of changes. */
final class LogCheck {
  private static final String LOG = "log";

  /** By the primary key; there is no index on the time. */
  private static final String OLDEST =
      "select extract(epoch from clock_timestamp() - at)::float8 from sidecache.invalidation"
          + " order by id limit 1";

  /** Pruning needs two calls a retention apart, and is asked for once a minute. */
  private static final int LATE = 3;

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private LogCheck() {}

  /** Blocks. */
  static Diagnosis<Boolean> look(Connection connection, Duration retention) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(OLDEST);
        ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        return new Diagnosis<>(true, List.of(Finding.ok(LOG, "empty")));
      }
      Duration oldest = Duration.ofSeconds((long) row.getDouble(1));
      String fact =
          "oldest change "
              + oldest.toSeconds()
              + " s old, retention "
              + retention.toSeconds()
              + " s";
      return new Diagnosis<>(
          true,
          List.of(
              oldest.compareTo(retention.multipliedBy(LATE).plus(PATIENCE)) <= 0
                  ? Finding.ok(LOG, fact)
                  : Finding.warn(
                      LOG,
                      fact + ", so nobody prunes it",
                      "a running sidecar does; without one run: select sidecache.prune('"
                          + retention.toSeconds()
                          + " s') again and again")));
    }
  }
}
