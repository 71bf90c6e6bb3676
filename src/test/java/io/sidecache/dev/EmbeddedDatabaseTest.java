/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.dev;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

final class EmbeddedDatabaseTest {
  @Test
  void start_preferredPortTaken_takesAnother() {
    try (EmbeddedDatabase first = EmbeddedDatabase.start();
        EmbeddedDatabase second = EmbeddedDatabase.start(first.port(), Map.of())) {
      assertThat(second.port()).isNotEqualTo(first.port());
      assertThat(first.isAlive()).isTrue();
      assertThat(second.isAlive()).isTrue();
    }
  }

  @Test
  void start_withSetting_serverHasIt() throws SQLException {
    try (EmbeddedDatabase database = EmbeddedDatabase.start(0, Map.of("wal_level", "logical"));
        Connection connection = database.dataSource().getConnection()) {
      assertThat(only(connection, "show wal_level")).isEqualTo("logical");
      assertThat(connection.getMetaData().getDatabaseMajorVersion()).isEqualTo(18);
    }
  }

  @Test
  void close_openSession_leavesNeitherServerNorDirectory() throws SQLException {
    EmbeddedDatabase database = EmbeddedDatabase.start();
    try (Connection connection = database.dataSource().getConnection()) {
      long pid = Long.parseLong(only(connection, "select pg_backend_pid()"));
      assertThat(ProcessHandle.of(pid)).isPresent();

      database.close();

      assertThat(ProcessHandle.of(pid)).isEmpty();
    }
    assertThat(database.isAlive()).isFalse();
    assertThat(database.directory()).doesNotExist();
  }

  @Test
  void demoData_rowsChange_channelsCarryTheKeys() throws Exception {
    try (EmbeddedDatabase database = EmbeddedDatabase.start()) {
      DemoData.fill(database.dataSource());
      try (Connection connection = database.dataSource().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("listen new_product_channel");
        statement.execute("listen orders_changed");

        statement.execute("insert into products (name, price) values ('Fish', 1)");
        statement.execute("update products set price = 2 where id = 42");
        statement.execute("delete from products where id = 7");
        statement.execute("update orders set status = 'paid' where tenant = 'acme' and id = 2");

        assertThat(payloads(connection))
            .containsExactly("43", "42", "7", "{\"tenant\" : \"acme\", \"id\" : 2}");
      }
    }
  }

  private static String only(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        var row = statement.executeQuery(query)) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }

  private static List<String> payloads(Connection connection) throws SQLException {
    List<String> payloads = new ArrayList<>();
    Arrays.stream(connection.unwrap(PGConnection.class).getNotifications(1))
        .forEach(notification -> payloads.add(notification.getParameter()));
    return payloads;
  }
}
