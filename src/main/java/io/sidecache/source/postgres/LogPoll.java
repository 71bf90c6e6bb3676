/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Reads the log of changes within a given transaction, in one query. Blocks. */
final class LogPoll {
  private static final int FIRST_OF_ROW = 6;

  private static final String QUERY =
      """
      with now as materialized (
        select substr(pg_walfile_name(l.lsn), 1, 8) as timeline,
               {history} as history,
               pg_current_snapshot()::text as snapshot, l.lsn::text as lsn,
               coalesce(pg_snapshot_xmin({since}) < sidecache.floor(), false) as pruned
        from (select pg_current_wal_insert_lsn() as lsn offset 0) l, pg_database d
        where d.datname = current_database())
      select now.timeline, now.history, now.snapshot, now.lsn, now.pruned,
             r.cache, r.keys, r.groups, r.whole, r.xid::text
      from now left join sidecache.invalidation r
        on r.xid >= pg_snapshot_xmin({since}) and not pg_visible_in_snapshot(r.xid, {since})"""
          .replace("{history}", LookStatement.HISTORY);

  private final Connection connection;

  LogPoll(Connection connection) {
    this.connection = connection;
  }

  /** Comes first in its transaction. */
  Polled read(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes) throws SQLException {
    try (Statement mode = connection.createStatement()) {
      mode.execute("set transaction isolation level repeatable read read only");
    }
    AtomicReference<Polled> found = new AtomicReference<>();
    SqlCursor.fetch(
        connection,
        QUERY.replace("{since}", literal(since)),
        row -> {
          Polled polled = found.get();
          if (polled == null) {
            polled = polled(row, since);
            found.set(polled);
          }
          boolean whole = polled.broken().isEmpty();
          if (whole) {
            // nothing, where nothing was logged
            LogReader.pass(row, FIRST_OF_ROW, polled.position().timeline(), changes);
          }
          return whole;
        });
    return Objects.requireNonNull(found.get(), "the database does not know its own name");
  }

  /** Parsed once more, so that nothing but digits, colons and commas gets into the text. */
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
}
