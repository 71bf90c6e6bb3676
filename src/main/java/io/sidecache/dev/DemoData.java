/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.dev;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;

/**
 * The demonstration schema and its rows, from {@code dev/*.sql} on the class path. Blocks while it
 * fills.
 */
final class DemoData {
  private static final List<String> SCRIPTS = List.of("dev/products.sql", "dev/orders.sql");

  private DemoData() {}

  /** Makes the schema and the rows in an empty database: all of them, or none. */
  static void fill(DataSource database) throws SQLException, IOException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String script : SCRIPTS) {
        statement.execute(text(script));
      }
      connection.commit();
    }
  }

  private static String text(String script) throws IOException {
    try (InputStream stream = DemoData.class.getClassLoader().getResourceAsStream(script)) {
      if (stream == null) {
        throw new IOException("not on the class path: " + script);
      }
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
