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
import javax.sql.DataSource;

/**
 * The log of changes as reached through a JDBC pool. Each call is one transaction. Blocks: for a
 * connection as long as the pool does, then no longer than the timeout for each answer.
 *
 * <p>Leaves no prepared statement behind on the server, so it works behind a transaction pooler.
 */
final class JdbcLog implements PolledServer {
  private final PooledConnections connections;

  /**
   * Makes it.
   *
   * @param executor where the driver may run what a timeout calls for
   * @param timeout bounds each read from the socket
   */
  JdbcLog(DataSource dataSource, Executor executor, Duration timeout) {
    this.connections = new PooledConnections(dataSource, executor, timeout);
  }

  @Override
  public Polled poll(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes)
      throws SQLException {
    return connections.inTransaction(connection -> new LogPoll(connection).read(since, changes));
  }

  @Override
  public void record(List<Invalidation> invalidations) throws SQLException {
    if (invalidations.contains(new Invalidation.Everything())) {
      throw new IllegalArgumentException("the log names caches; it cannot say everything");
    }
    connections.inTransaction(
        connection -> {
          LogWriter.write(connection, invalidations);
          return Boolean.TRUE;
        });
  }
}
