/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sidecache.testing.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PooledConnectionsLiveTest {
  private static final TestPostgres.Database DATABASE =
      TestPostgres.shared().createDatabase("pooled");

  private final PooledConnections connections =
      new PooledConnections(DATABASE.dataSource(), Runnable::run, Duration.ofSeconds(30));

  private static Object endTheSession(Connection connection) throws SQLException {
    return connection.createStatement().execute("select pg_terminate_backend(pg_backend_pid())");
  }

  @Test
  void run_serverEndsTheSession_failsWithItsReason() {
    SQLException failure =
        catchThrowableOfType(
            SQLException.class, () -> connections.run(PooledConnectionsLiveTest::endTheSession));

    assertThat(failure.getSQLState()).isEqualTo("57P01");
  }

  @Test
  void inTransaction_serverEndsTheSession_failsWithItsReasonAndNotWithTheRollbacks() {
    SQLException failure =
        catchThrowableOfType(
            SQLException.class,
            () -> connections.inTransaction(PooledConnectionsLiveTest::endTheSession));

    assertThat(failure.getSQLState()).isEqualTo("57P01");
    assertThat(failure.getSuppressed()).isNotEmpty();
  }
}
