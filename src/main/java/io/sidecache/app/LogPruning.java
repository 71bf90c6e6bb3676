/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.agroal.api.AgroalDataSource;
import io.quarkus.scheduler.Scheduled;
import io.sidecache.config.Settings;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Keeps the durable log as long as its retention, where there is one. Every sidecar asks once a
 * minute; the database lets one of them prune at a time.
 */
@Singleton
class LogPruning {
  private static final Logger LOG = Logger.getLogger(LogPruning.class);
  private static final int TIMEOUT_SECONDS = 30;

  private final Settings settings;
  private final Instance<AgroalDataSource> dataSource;
  private boolean failing;

  @Inject
  LogPruning(Settings settings, Instance<AgroalDataSource> dataSource) {
    this.settings = settings;
    this.dataSource = dataSource;
  }

  @Scheduled(
      every = "60s",
      delayed = "60s",
      concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  void prune() {
    if (!settings.log().enabled()) {
      return;
    }
    try (Connection connection = dataSource.get().getConnection()) {
      if (isInstalled(connection)) {
        prune(connection, settings.log().retention());
      }
      failing = false;
    } catch (SQLException e) {
      if (!failing) {
        failing = true;
        LOG.warnf("the log of changes could not be pruned: SQLSTATE %s", e.getSQLState());
      }
    }
  }

  private static boolean isInstalled(Connection connection) throws SQLException {
    String sql =
        // Without USAGE, PostgreSQL refuses even to look a name up in a schema (namespace.c).
        "select case when exists (select from pg_namespace where nspname = 'sidecache'"
            + " and has_schema_privilege(oid, 'USAGE')) then coalesce(has_function_privilege("
            + "to_regprocedure('sidecache.prune(interval)'), 'EXECUTE'), false) else false end";
    try (PreparedStatement statement = connection.prepareStatement(sql);
        ResultSet row = statement.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  private static void prune(Connection connection, Duration retention) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("select sidecache.prune(make_interval(secs => ?))")) {
      statement.setQueryTimeout(TIMEOUT_SECONDS);
      statement.setDouble(1, retention.toMillis() / 1e3);
      statement.execute();
    }
  }
}
