/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
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
  private static final String PRUNED =
      "select pg_snapshot_xmin(?::pg_snapshot) < sidecache.floor()";

  private static final String ROWS =
      "select cache, keys, groups, whole, xid from sidecache.invalidation";

  private static final String MISSED =
      ROWS
          + " where xid >= pg_snapshot_xmin('{since}'::pg_snapshot)"
          + " and not pg_visible_in_snapshot(xid, '{since}'::pg_snapshot)";

  private static final String OF_TRANSACTION = ROWS + " where xid = ?::text::xid8 and cache = ?";

  private final Connection connection;

  LogReader(Connection connection) {
    this.connection = connection;
  }

  /** Passes on what was missed since the cursor. Comes first in its transaction. */
  CaughtUp catchUp(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes)
      throws SQLException {
    try (PreparedStatement mode =
        connection.prepareStatement("set transaction isolation level repeatable read read only")) {
      mode.execute();
    }
    return read(since, changes);
  }

  private CaughtUp read(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes)
      throws SQLException {
    Look look =
        new LookStatement(connection, Look.Installed.NOTHING)
            .run(List.of(), Optional.empty(), Optional.empty(), Look.Rows.SILENT, changes);
    Optional<String> unknown = whyUnknown(since, look);
    return new CaughtUp(
        look,
        unknown.isPresent()
            ? new CaughtUp.Outcome.Unknown(unknown.get())
            : new CaughtUp.Outcome.Complete(
                missed(since.orElseThrow().snapshot(), look.server().timeline(), changes)),
        look.installed().fleet() ? Optional.of(fleetKey()) : Optional.empty());
  }

  private Optional<String> whyUnknown(Optional<Cursor> since, Look look) throws SQLException {
    if (since.isEmpty()) {
      return Optional.of("nothing was heard before");
    }
    if (!since.get().history().equals(look.cursor().history())) {
      return Optional.of("the server is another one, was promoted, or has crashed");
    }
    return switch (look.installed().log()) {
      case ABSENT -> Optional.of("the database has no log of changes");
      case UNREADABLE -> Optional.of("the log of changes may not be read by this role");
      case READABLE ->
          isTrue(PRUNED, since.get().snapshot())
              ? Optional.of("the gap was longer than the log's retention")
              : Optional.empty();
    };
  }

  private FleetKey fleetKey() throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("select key from sidecache.fleet_key");
        ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        throw new SQLException("the fleet's key is missing", "P0002");
      }
      return new FleetKey(row.getBytes(1));
    }
  }

  private boolean isTrue(String sql, String parameter) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, parameter);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  private long missed(String snapshot, long timeline, Consumer<SourceSignal.Changed> changes)
      throws SQLException {
    // Parsed once more, so that nothing but digits, colons and commas gets into the text.
    String query = MISSED.replace("{since}", Snapshot.parse(snapshot).toString());
    return SqlCursor.fetch(
        connection,
        query,
        row -> {
          pass(row, 1, timeline, changes);
          return true;
        });
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
    long rows = 0;
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        rows++;
        pass(row, 1, changes);
      }
    }
    return rows;
  }

  /**
   * Passes on one row's changes with the transaction that made them, so that they are known to be
   * the same however they are learnt; nothing where the columns are null. The columns from this one
   * on are cache, keys, groups, whole and xid.
   */
  static void pass(ResultSet row, int first, long timeline, Consumer<SourceSignal.Changed> changes)
      throws SQLException {
    String xid = row.getString(first + 4);
    if (xid == null) {
      return;
    }
    Position position = new Position(timeline, Long.parseUnsignedLong(xid), 0);
    pass(row, first, change -> changes.accept(new SourceSignal.Changed(change, position)));
  }

  private static void pass(ResultSet row, int first, Consumer<Invalidation> changes)
      throws SQLException {
    String cache = row.getString(first);
    if (row.getBoolean(first + 3)) {
      changes.accept(new Invalidation.WholeCache(cache));
    }
    for (String key : texts(row.getArray(first + 1))) {
      changes.accept(new Invalidation.Key(cache, key));
    }
    for (String group : texts(row.getArray(first + 2))) {
      changes.accept(new Invalidation.Tag(cache, group));
    }
  }

  private static String[] texts(@Nullable Array array) throws SQLException {
    return array == null ? new String[0] : (String[]) array.getArray();
  }
}
