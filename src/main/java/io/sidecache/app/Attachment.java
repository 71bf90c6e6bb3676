/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of the view {@code sidecache.attached}.
 *
 * @param table the attached table, as this session names it
 * @param cache the cache that it feeds
 * @param key the columns of the key
 * @param relations the table and its partitions that have triggers
 * @param drift in what they differ from what attach makes
 */
record Attachment(
    String table, String cache, List<String> key, List<String> relations, List<String> drift) {

  private static final String ALL =
      "select tbl::text, cache, key, relations, drift from sidecache.attached order by 2, 1";

  Attachment {
    key = List.copyOf(key);
    relations = List.copyOf(relations);
    drift = List.copyOf(drift);
  }

  /** All of the database. Blocks. */
  static List<Attachment> read(Connection connection) throws SQLException {
    List<Attachment> all = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(ALL);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        all.add(
            new Attachment(
                row.getString(1),
                row.getString(2),
                texts(row.getArray(3)),
                texts(row.getArray(4)),
                texts(row.getArray(5))));
      }
    }
    return all;
  }

  private static List<String> texts(@Nullable Array array) throws SQLException {
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }

  /** Whether changes of a table, or of this partition, reach the cache. */
  boolean covers(String relation) {
    return table.equals(relation) || relations.contains(relation);
  }
}
