/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the durable log, {@code sidecache.invalidation}, on a given connection. Blocks.
 *
 * <p>Changes are found by snapshot, never by a sequence: ids are given before commits and commit
 * out of order. What is visible in the cursor's snapshot was received before its heartbeat; what is
 * not visible in this transaction's commits after LISTEN and arrives live; the query gives the
 * rest.
 */
final class LogReader {
  private static final int FETCH_ROWS = 1000;

  /**
   * The history of a server. The system identifier stays through restarts and promotions, the
   * timeline changes with a promotion, and {@code stats_reset} with a crash: statistics are dropped
   * by recovery ("The Cumulative Statistics System").
   */
  private static final String NOW =
      """
      select current_database()::text, d.oid::int8,
             extract(epoch from pg_postmaster_start_time())::text,
             substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8),
             (select system_identifier::text from pg_control_system()) || '/'
               || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) || '/' || d.oid || '/'
               || coalesce((select extract(epoch from stats_reset)::text from pg_stat_bgwriter), ''),
             pg_current_snapshot()::text,
             (select has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT')
              from pg_class c join pg_namespace n on n.oid = c.relnamespace
              where n.nspname = 'sidecache' and c.relname = 'invalidation')
      from pg_database d where d.datname = current_database()""";

  private static final String PRUNED =
      "select pg_snapshot_xmin(?::pg_snapshot) < sidecache.floor()";

  private static final String ROWS =
      "select cache, keys, groups, whole from sidecache.invalidation";

  private static final String MISSED =
      ROWS
          + " where xid >= pg_snapshot_xmin(?::pg_snapshot)"
          + " and not pg_visible_in_snapshot(xid, ?::pg_snapshot)";

  private static final String OF_TRANSACTION = ROWS + " where xid = ?::text::xid8 and cache = ?";

  private final Connection connection;

  LogReader(Connection connection) {
    this.connection = connection;
  }

  /** Passes on what was missed since the cursor. Comes first in its transaction. */
  CaughtUp catchUp(Optional<Cursor> since, Consumer<Invalidation> changes) throws SQLException {
    try (PreparedStatement mode =
        connection.prepareStatement("set transaction isolation level repeatable read read only")) {
      mode.execute();
    }
    return read(since, changes);
  }

  private CaughtUp read(Optional<Cursor> since, Consumer<Invalidation> changes)
      throws SQLException {
    ServerIdentity server;
    Cursor now;
    Optional<Boolean> readable;
    try (PreparedStatement statement = connection.prepareStatement(NOW);
        ResultSet row = statement.executeQuery()) {
      row.next();
      server = ServerIdentity.read(row, 1);
      now = new Cursor(row.getString(5), row.getString(6));
      readable = Optional.ofNullable((Boolean) row.getObject(7));
    }
    Optional<String> unknown = whyUnknown(since, now, readable);
    return new CaughtUp(
        server,
        now,
        unknown.isPresent()
            ? new CaughtUp.Outcome.Unknown(unknown.get())
            : new CaughtUp.Outcome.Complete(missed(since.orElseThrow().snapshot(), changes)));
  }

  /** {@code readable} tells whether the log may be read; empty where there is none. */
  private Optional<String> whyUnknown(
      Optional<Cursor> since, Cursor now, Optional<Boolean> readable) throws SQLException {
    if (since.isEmpty()) {
      return Optional.of("nothing was heard before");
    }
    if (!since.get().history().equals(now.history())) {
      return Optional.of("the server is another one, was promoted, or has crashed");
    }
    if (readable.isEmpty()) {
      return Optional.of("the database has no log of changes");
    }
    if (!readable.get()) {
      return Optional.of("the log of changes may not be read by this role");
    }
    if (isPrunedAfter(since.get().snapshot())) {
      return Optional.of("the gap was longer than the log's retention");
    }
    return Optional.empty();
  }

  private boolean isPrunedAfter(String snapshot) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PRUNED)) {
      statement.setString(1, snapshot);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  private long missed(String snapshot, Consumer<Invalidation> changes) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(MISSED)) {
      statement.setString(1, snapshot);
      statement.setString(2, snapshot);
      return pass(statement, changes);
    }
  }

  /** Passes on what one transaction wrote into the log; the whole cache if nothing is found. */
  long ofTransaction(LogReference reference, Consumer<Invalidation> changes) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(OF_TRANSACTION)) {
      statement.setString(1, reference.xid());
      statement.setString(2, reference.cache());
      long rows = pass(statement, changes);
      if (rows == 0) {
        changes.accept(new Invalidation.WholeCache(reference.cache()));
      }
      return rows;
    }
  }

  private static long pass(PreparedStatement statement, Consumer<Invalidation> changes)
      throws SQLException {
    statement.setFetchSize(FETCH_ROWS);
    long rows = 0;
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        rows++;
        String cache = row.getString(1);
        if (row.getBoolean(4)) {
          changes.accept(new Invalidation.WholeCache(cache));
        }
        for (String key : texts(row.getArray(2))) {
          changes.accept(new Invalidation.Key(cache, key));
        }
        for (String group : texts(row.getArray(3))) {
          changes.accept(new Invalidation.Tag(cache, group));
        }
      }
    }
    return rows;
  }

  private static String[] texts(@Nullable Array array) throws SQLException {
    return array == null ? new String[0] : (String[]) array.getArray();
  }
}
