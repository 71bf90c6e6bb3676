/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.postgresql.PGStatement;

/**
 * Writes invalidations by the functions of the schema, which log them and notify of them, so that
 * sidecars that do not listen now find them in the log. Works behind a transaction pooler. Blocks.
 */
final class LogWriter {
  private LogWriter() {}

  /**
   * Writes within the connection's transaction. The order within it says nothing, so names of one
   * cache go in one call. Everything is notified of alone: the log names caches.
   */
  static void write(Connection connection, List<Invalidation> invalidations) throws SQLException {
    Map<String, List<String>> keys = new LinkedHashMap<>();
    Map<String, List<String>> groups = new LinkedHashMap<>();
    for (Invalidation invalidation : invalidations) {
      switch (invalidation) {
        case Invalidation.Key key ->
            keys.computeIfAbsent(key.cache(), c -> new ArrayList<>()).add(key.key());
        case Invalidation.Tag tag ->
            groups.computeIfAbsent(tag.cache(), c -> new ArrayList<>()).add(tag.tag());
        case Invalidation.WholeCache whole ->
            call(connection, "select sidecache.invalidate_all(?)", whole.cache(), List.of());
        case Invalidation.Everything everything ->
            call(
                connection,
                "select pg_notify('" + OwnChannels.INVALIDATION + "', ?)",
                InvalidationPayload.write(List.of(everything)).getFirst(),
                List.of());
      }
    }
    for (Map.Entry<String, List<String>> cache : keys.entrySet()) {
      String sql = "select sidecache.invalidate(?, variadic ?::text[])";
      call(connection, sql, cache.getKey(), cache.getValue());
    }
    for (Map.Entry<String, List<String>> cache : groups.entrySet()) {
      String sql = "select sidecache.invalidate_group(?, variadic ?::text[])";
      call(connection, sql, cache.getKey(), cache.getValue());
    }
  }

  private static void call(Connection connection, String sql, String first, List<String> names)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      // A statement kept on the server is not there for the next transaction behind a pooler.
      statement.unwrap(PGStatement.class).setPrepareThreshold(0);
      statement.setString(1, first);
      if (!names.isEmpty()) {
        statement.setArray(2, connection.createArrayOf("text", names.toArray()));
      }
      statement.execute();
    }
  }
}
