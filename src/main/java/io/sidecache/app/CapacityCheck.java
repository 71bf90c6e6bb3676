/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Tells whether the server has room for the connections that the sidecar may open. */
final class CapacityCheck {
  private static final String CAPACITY = "capacity";

  private static final String ROOM =
      """
      select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
               - coalesce(current_setting('reserved_connections', true)::int, 0),
             (select count(*) from pg_stat_activity
               where backend_type = 'client backend' and pid <> pg_backend_pid()),
             (select least(nullif(d.datconnlimit, -1), nullif(r.rolconnlimit, -1))
                from pg_database d, pg_roles r
               where d.datname = current_database() and r.rolname = session_user)
      """;

  private CapacityCheck() {}

  /**
   * Blocks.
   *
   * @param wanted how many connections the sidecar may open
   */
  static Diagnosis<Boolean> look(Connection connection, int wanted) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ROOM);
        ResultSet row = statement.executeQuery()) {
      row.next();
      int most = row.getInt(1);
      int used = row.getInt(2);
      Integer limit = (Integer) row.getObject(3);
      String fact = "%d connections wanted, %d of %d in use".formatted(wanted, used, most);
      String remedy = "lower QUARKUS_DATASOURCE_JDBC_MAX_SIZE, or raise ";
      if (limit != null && limit < wanted) {
        return said(
            Finding.warn(
                CAPACITY,
                fact + ", limit of this role or database " + limit,
                remedy + "the connection limit"));
      }
      return said(
          most - used >= wanted
              ? Finding.ok(CAPACITY, fact)
              : Finding.warn(CAPACITY, fact, remedy + "max_connections"));
    }
  }

  private static Diagnosis<Boolean> said(Finding finding) {
    return new Diagnosis<>(true, List.of(finding));
  }
}
