/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.postgresql.jdbc.PgConnection;

/**
 * What a connection of the pool says of its server, for people, judged by the rules of the
 * listening connection.
 *
 * @param host the host and port that answered
 * @param database the database's name
 * @param role the role that is logged in
 * @param version the server's, as people say it
 * @param versionNumber the server's, as {@code server_version_num} has it
 * @param refusal why nothing can be listened to or published there; empty where it can
 * @param pooled whether a pooler stands before the server
 * @param keepsStatements whether the driver leaves prepared statements behind on the server, which
 *     the next transaction through a transaction pooler may not find
 * @param queueUsage how much of the cluster's notification queue is in use, 0 to 1
 */
public record PoolServer(
    String host,
    String database,
    String role,
    String version,
    int versionNumber,
    Optional<String> refusal,
    boolean pooled,
    boolean keepsStatements,
    double queueUsage) {

  private static final String MORE =
      """
      select current_database()::text, current_user::text, current_setting('server_version'),
             current_setting('server_version_num')::int, pg_notification_queue_usage()""";

  /** Asks. Blocks. */
  public static PoolServer read(Connection connection) throws SQLException {
    PgConnection driver = connection.unwrap(PgConnection.class);
    ServerProbe probe = probe(connection, driver.getBackendPID());
    try (PreparedStatement statement = connection.prepareStatement(MORE);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return new PoolServer(
          driver.getQueryExecutor().getHostSpec().toString(),
          row.getString(1),
          row.getString(2),
          row.getString(3).split(" ", 2)[0],
          row.getInt(4),
          probe.refusal(),
          probe.isPooled(),
          driver.getPrepareThreshold() != 0,
          row.getDouble(5));
    }
  }

  private static ServerProbe probe(Connection connection, int protocolPid) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ServerProbe.SQL);
        ResultSet row = statement.executeQuery()) {
      row.next();
      return new ServerProbe(
          protocolPid, row.getInt(1), row.getBoolean(2) ? ServerIdentity.read(row, 3) : null);
    }
  }

  /** Whether the notification queue is so full that people are told. */
  public boolean isQueueWedged() {
    return QueueWatch.isWedged(queueUsage);
  }
}
