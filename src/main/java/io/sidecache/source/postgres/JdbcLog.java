/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * The log of changes as reached through a JDBC pool. Each call is one transaction. Blocks: for a
 * connection as long as the pool does, then no longer than the timeout for each answer.
 *
 * <p>Leaves no prepared statement behind on the server, so it works behind a transaction pooler.
 */
final class JdbcLog implements PolledServer {
  private final DataSource dataSource;
  private final Executor executor;
  private final int timeoutMillis;

  /**
   * Makes it.
   *
   * @param executor where the driver may run what a timeout calls for
   * @param timeout bounds each read from the socket
   */
  JdbcLog(DataSource dataSource, Executor executor, Duration timeout) {
    this.dataSource = dataSource;
    this.executor = executor;
    this.timeoutMillis = Math.toIntExact(timeout.toMillis());
  }

  @Override
  public Polled poll(Optional<Cursor> since, Consumer<Invalidation> changes) throws SQLException {
    return inTransaction(connection -> new LogPoll(connection).read(since, changes));
  }

  @Override
  public void record(List<Invalidation> invalidations) throws SQLException {
    if (invalidations.contains(new Invalidation.Everything())) {
      throw new IllegalArgumentException("the log names caches; it cannot say everything");
    }
    inTransaction(
        connection -> {
          LogWriter.write(connection, invalidations);
          return Boolean.TRUE;
        });
  }

  /** Something to do within a transaction. */
  @FunctionalInterface
  private interface Work<T> {
    T run(Connection connection) throws SQLException;
  }

  /** All or nothing; leaves the connection as it came. */
  private <T> T inTransaction(Work<T> work) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      int timeoutBefore = connection.getNetworkTimeout();
      boolean autoCommit = connection.getAutoCommit();
      connection.setNetworkTimeout(executor, timeoutMillis);
      connection.setAutoCommit(false);
      try {
        T result = work.run(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        rollBack(connection, e);
        throw e;
      } finally {
        connection.setAutoCommit(autoCommit);
        connection.setNetworkTimeout(executor, timeoutBefore);
      }
    }
  }

  private static void rollBack(Connection connection, Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }
}
