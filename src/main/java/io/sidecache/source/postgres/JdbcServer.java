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
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * Sends through a JDBC pool. Each call is one statement in autocommit, so one round trip. Blocks:
 * for a connection as long as the pool does, then no longer than the timeout, after which the
 * driver gives the connection up.
 */
final class JdbcServer implements Server {
  private final DataSource dataSource;
  private final Executor executor;
  private final int timeoutMillis;

  /** As the last catch-up found it. */
  private volatile Look.Installed installed = Look.Installed.NOTHING;

  /**
   * Makes a server.
   *
   * @param executor where the driver may run what a timeout calls for
   * @param timeout bounds each read from the socket
   */
  JdbcServer(DataSource dataSource, Executor executor, Duration timeout) {
    this.dataSource = dataSource;
    this.executor = executor;
    this.timeoutMillis = Math.toIntExact(timeout.toMillis());
  }

  @Override
  public Look look(
      Optional<Cursor> since,
      Look.Rows rows,
      Supplier<Optional<String>> nonce,
      Consumer<Invalidation> changes)
      throws SQLException {
    return bounded(
        connection ->
            new LookStatement(connection, installed)
                .run(List.of(), nonce.get(), since, rows, changes));
  }

  @Override
  public Look publish(
      List<Invalidation> invalidations,
      Optional<Cursor> since,
      Supplier<Optional<String>> nonce,
      Consumer<Invalidation> changes)
      throws SQLException {
    if (installed.log() != Look.Log.READABLE) {
      return publishPayloads(InvalidationPayload.write(invalidations), nonce);
    }
    return bounded(
        connection ->
            inTransaction(
                connection,
                () -> {
                  // By the functions of the schema, so that sidecars that are disconnected now find
                  // it in the log.
                  LogWriter.write(connection, invalidations);
                  return new LookStatement(connection, installed)
                      .run(List.of(), nonce.get(), since, Look.Rows.SILENT, changes);
                }));
  }

  /** By notification alone, where nothing of ours is installed. */
  Look publishPayloads(List<String> payloads, Supplier<Optional<String>> nonce)
      throws SQLException {
    return bounded(
        connection ->
            new LookStatement(connection, installed)
                .run(payloads, nonce.get(), Optional.empty(), Look.Rows.SILENT, change -> {}));
  }

  @Override
  public CaughtUp catchUp(Optional<Cursor> since, Consumer<Invalidation> changes)
      throws SQLException {
    CaughtUp caughtUp =
        bounded(
            connection ->
                inTransaction(connection, () -> new LogReader(connection).catchUp(since, changes)));
    installed = caughtUp.look().installed();
    return caughtUp;
  }

  @Override
  public void readTransaction(LogReference reference, Consumer<Invalidation> changes)
      throws SQLException {
    bounded(connection -> new LogReader(connection).ofTransaction(reference, changes));
  }

  /** Something to do with a connection. */
  @FunctionalInterface
  private interface Call<T> {
    T run(Connection connection) throws SQLException;
  }

  /** Something to do within a transaction. */
  @FunctionalInterface
  private interface Work<T> {
    T run() throws SQLException;
  }

  /** All or nothing; leaves the connection in the mode that it came in. */
  private static <T> T inTransaction(Connection connection, Work<T> work) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try {
      T result = work.run();
      connection.commit();
      return result;
    } catch (SQLException | RuntimeException e) {
      try {
        connection.rollback();
      } catch (SQLException again) {
        e.addSuppressed(again);
      }
      throw e;
    } finally {
      connection.setAutoCommit(autoCommit);
    }
  }

  private <T> T bounded(Call<T> call) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      int before = connection.getNetworkTimeout();
      connection.setNetworkTimeout(executor, timeoutMillis);
      T result;
      try {
        result = call.run(connection);
        if (!connection.getAutoCommit()) {
          // A pool may be set up so; without this, closing would roll back in silence.
          connection.commit();
        }
      } catch (SQLException | RuntimeException e) {
        restore(connection, before, e);
        throw e;
      }
      connection.setNetworkTimeout(executor, before);
      return result;
    }
  }

  /** The connection may go on to serve others, with the timeout that they expect. */
  private void restore(Connection connection, int networkTimeoutMillis, Exception cause) {
    try {
      connection.setNetworkTimeout(executor, networkTimeoutMillis);
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }
}
