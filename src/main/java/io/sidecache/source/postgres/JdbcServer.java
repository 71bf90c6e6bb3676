/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
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
  private final PooledConnections connections;

  /** As the last catch-up found it. */
  private volatile Look.Installed installed = Look.Installed.NOTHING;

  /**
   * Makes a server.
   *
   * @param executor where the driver may run what a timeout calls for
   * @param timeout bounds each read from the socket
   */
  JdbcServer(DataSource dataSource, Executor executor, Duration timeout) {
    this.connections = new PooledConnections(dataSource, executor, timeout);
  }

  @Override
  public Look look(
      Optional<Cursor> since,
      Look.Rows rows,
      Supplier<Optional<String>> nonce,
      Consumer<SourceSignal.Changed> changes)
      throws SQLException {
    return connections.run(
        connection ->
            new LookStatement(connection, installed)
                .run(List.of(), nonce.get(), since, rows, changes));
  }

  @Override
  public Look publish(
      List<Invalidation> invalidations,
      Optional<Cursor> since,
      Supplier<Optional<String>> nonce,
      Consumer<SourceSignal.Changed> changes)
      throws SQLException {
    if (installed.log() != Look.Log.READABLE) {
      return publishPayloads(InvalidationPayload.write(invalidations), nonce);
    }
    return connections.inTransaction(
        connection -> {
          // By the functions of the schema, so that sidecars that are disconnected now find it in
          // the log.
          LogWriter.write(connection, invalidations);
          return new LookStatement(connection, installed)
              .run(List.of(), nonce.get(), since, Look.Rows.SILENT, changes);
        });
  }

  /** By notification alone, where nothing of ours is installed. */
  Look publishPayloads(List<String> payloads, Supplier<Optional<String>> nonce)
      throws SQLException {
    return connections.run(
        connection ->
            new LookStatement(connection, installed)
                .run(payloads, nonce.get(), Optional.empty(), Look.Rows.SILENT, change -> {}));
  }

  @Override
  public CaughtUp catchUp(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes)
      throws SQLException {
    CaughtUp caughtUp =
        connections.inTransaction(connection -> new LogReader(connection).catchUp(since, changes));
    installed = caughtUp.look().installed();
    return caughtUp;
  }

  @Override
  public void readTransaction(LogReference reference, Consumer<Invalidation> changes)
      throws SQLException {
    connections.run(connection -> new LogReader(connection).ofTransaction(reference, changes));
  }
}
