/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log of changes within a given transaction: one query, its rows fetched in parts.
 * Blocks.
 *
 * <p>The query is a cursor declared in SQL, with its one parameter, a checked snapshot, in the
 * text. pgjdbc's own fetch size names the prepared statement and keeps it for the next time
 * (QueryExecutorImpl, {@code sendParse}: not one-shot with a portal), and behind a transaction
 * pooler the next time is another server's session, whatever {@code prepareThreshold} says.
 */
final class LogPoll {
  private static final int FETCH_ROWS = 1000;
  private static final int FIRST_OF_ROW = 6;

  private static final String QUERY =
      """
      with now as materialized (
        select substr(pg_walfile_name(l.lsn), 1, 8) as timeline,
               (select system_identifier::text from pg_control_system()) || '/'
                 || substr(pg_walfile_name(l.lsn), 1, 8) || '/' || d.oid || '/'
                 || coalesce((select extract(epoch from stats_reset)::text from pg_stat_bgwriter),
                             '') as history,
               pg_current_snapshot()::text as snapshot, l.lsn::text as lsn,
               coalesce(pg_snapshot_xmin({since}) < sidecache.floor(), false) as pruned
        from (select pg_current_wal_insert_lsn() as lsn offset 0) l, pg_database d
        where d.datname = current_database())
      select now.timeline, now.history, now.snapshot, now.lsn, now.pruned,
             r.cache, r.keys, r.groups, r.whole
      from now left join sidecache.invalidation r
        on r.xid >= pg_snapshot_xmin({since}) and not pg_visible_in_snapshot(r.xid, {since})""";

  private final Connection connection;

  LogPoll(Connection connection) {
    this.connection = connection;
  }

  /** Comes first in its transaction. */
  Polled read(Optional<Cursor> since, Consumer<Invalidation> changes) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("set transaction isolation level repeatable read read only");
      statement.execute(
          "declare sidecache_poll no scroll cursor for "
              + QUERY.replace("{since}", literal(since)));
      Polled polled = null;
      int rows;
      do {
        rows = 0;
        try (ResultSet row =
            statement.executeQuery("fetch " + FETCH_ROWS + " from sidecache_poll")) {
          while (row.next()) {
            rows++;
            polled = polled == null ? polled(row, since) : polled;
            if (polled.broken().isPresent()) {
              return polled;
            }
            pass(row, changes);
          }
        }
      } while (rows == FETCH_ROWS);
      if (polled == null) {
        throw new SQLException("the database does not know its own name");
      }
      return polled;
    }
  }

  /** Parsed on the way, so that nothing but digits, colons and commas gets into the text. */
  private static String literal(Optional<Cursor> since) {
    return since
        .map(cursor -> "'" + Snapshot.parse(cursor.snapshot()) + "'::pg_snapshot")
        .orElse("null::pg_snapshot");
  }

  private static Polled polled(ResultSet row, Optional<Cursor> since) throws SQLException {
    String history = row.getString(2);
    return new Polled(
        history,
        Snapshot.parse(row.getString(3)),
        new Position(Long.parseLong(row.getString(1), 16), 0, Position.parseLsn(row.getString(4))),
        broken(since, history, row.getBoolean(5)));
  }

  private static Optional<String> broken(Optional<Cursor> since, String history, boolean pruned) {
    if (since.isEmpty()) {
      return Optional.of("nothing was read before");
    }
    if (!since.get().history().equals(history)) {
      return Optional.of("the server is another one, was promoted, or has crashed");
    }
    return pruned ? Optional.of("the gap was longer than the log's retention") : Optional.empty();
  }

  private static void pass(ResultSet row, Consumer<Invalidation> changes) throws SQLException {
    String cache = row.getString(FIRST_OF_ROW);
    if (cache == null) {
      return; // the outer join's only row: nothing was logged
    }
    if (row.getBoolean(FIRST_OF_ROW + 3)) {
      changes.accept(new Invalidation.WholeCache(cache));
    }
    for (String key : texts(row.getArray(FIRST_OF_ROW + 1))) {
      changes.accept(new Invalidation.Key(cache, key));
    }
    for (String group : texts(row.getArray(FIRST_OF_ROW + 2))) {
      changes.accept(new Invalidation.Tag(cache, group));
    }
  }

  private static String[] texts(@Nullable Array array) throws SQLException {
    return array == null ? new String[0] : (String[]) array.getArray();
  }
}
