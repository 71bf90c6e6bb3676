/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Executor;
import javax.sql.DataSource;

/**
 * A JDBC pool's connections, with a bound on each answer of the server. Blocks: for a connection as
 * long as the pool does, then no longer than the timeout, after which the driver gives the
 * connection up. Connections go back as they came, and what fails while that is done never hides
 * why the work failed.
 */
final class PooledConnections {
  private final DataSource dataSource;
  private final Executor executor;
  private final int timeoutMillis;

  /**
   * Makes it.
   *
   * @param executor where the driver may run what a timeout calls for
   * @param timeout bounds each read from the socket
   */
  PooledConnections(DataSource dataSource, Executor executor, Duration timeout) {
    this.dataSource = dataSource;
    this.executor = executor;
    this.timeoutMillis = Math.toIntExact(timeout.toMillis());
  }

  /** Something to do with a connection. */
  @FunctionalInterface
  interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** A step back to how the connection came. */
  @FunctionalInterface
  private interface Step {
    void go() throws SQLException;
  }

  /** In the mode that the pool gives; what was done is committed. */
  <T> T run(Work<T> work) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      int timeoutBefore = connection.getNetworkTimeout();
      connection.setNetworkTimeout(executor, timeoutMillis);
      T result;
      try {
        result = work.run(connection);
        if (!connection.getAutoCommit()) {
          // A pool may be set up so; without this, closing would roll back in silence.
          connection.commit();
        }
      } catch (SQLException | RuntimeException e) {
        tryTo(() -> connection.setNetworkTimeout(executor, timeoutBefore), e);
        throw e;
      }
      connection.setNetworkTimeout(executor, timeoutBefore);
      return result;
    }
  }

  /** In one transaction: all or nothing. */
  <T> T inTransaction(Work<T> work) throws SQLException {
    return run(
        connection -> {
          boolean autoCommit = connection.getAutoCommit();
          connection.setAutoCommit(false);
          T result;
          try {
            result = work.run(connection);
            connection.commit();
          } catch (SQLException | RuntimeException e) {
            tryTo(connection::rollback, e);
            tryTo(() -> connection.setAutoCommit(autoCommit), e);
            throw e;
          }
          connection.setAutoCommit(autoCommit);
          return result;
        });
  }

  private static void tryTo(Step step, Exception cause) {
    try {
      step.go();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }
}
