/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Position;
import io.sidecache.source.SourceSignal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The one statement that tells which server this is and where it stands, and that may send payloads
 * and a heartbeat, and read the log. Its text names {@code sidecache.*} only as far as that is
 * installed, since a name that does not exist fails the whole statement.
 *
 * <p>The history of a server: the system identifier stays through restarts and promotions, the
 * timeline changes with a promotion, and {@code stats_reset} with a crash, because recovery drops
 * the statistics (manual, "The Cumulative Statistics System").
 *
 * <p>The order of evaluation matters. The payloads are queued before the heartbeat; the WAL
 * location is read before the heartbeat reads its own, so that a heartbeat always covers its look.
 * A materialized CTE is evaluated before what joins it.
 */
final class LookStatement {
  private static final String PAYLOADS =
      "p as materialized (select count(pg_notify('"
          + OwnChannels.INVALIDATION
          + "', o.payload)::text) as sent from (select u.payload from unnest(?::text[])"
          + " with ordinality u(payload, n) order by u.n) o), ";

  /** The history of the server; {@code l.lsn} is its WAL location, {@code d} its database's row. */
  static final String HISTORY =
      """
      (select system_identifier::text from pg_control_system()) || '/'
        || substr(pg_walfile_name(l.lsn), 1, 8) || '/' || d.oid || '/'
        || coalesce((select extract(epoch from stats_reset)::text from pg_stat_bgwriter), '')""";

  private static final String NOW =
      """
      now as materialized (
      select current_database()::text as db, d.oid::int8 as oid,
             extract(epoch from pg_postmaster_start_time())::text as started,
             substr(pg_walfile_name(l.lsn), 1, 8) as timeline,
             {history} as history,
             pg_current_snapshot()::text as snapshot, l.lsn::text as lsn,
             pg_notification_queue_usage() as usage,
             coalesce((select case when has_schema_privilege(n.oid, 'USAGE')
                                    and has_table_privilege(c.oid, 'SELECT')
                              then 'READABLE' else 'UNREADABLE' end
                from pg_namespace n join pg_class c on c.relnamespace = n.oid
               where n.nspname = 'sidecache' and c.relname = 'invalidation'), 'ABSENT') as log,
             coalesce((select has_schema_privilege(n.oid, 'USAGE')
                          and has_table_privilege(c.oid, 'SELECT')
                          and has_function_privilege(f.oid, 'EXECUTE')
                from pg_namespace n join pg_class c on c.relnamespace = n.oid
                join pg_proc f on f.pronamespace = n.oid
               where n.nspname = 'sidecache' and c.relname = 'fleet_key'
                 and f.proname = 'heartbeat'), false) as fleet,
      """
          .replace("{history}", HISTORY);

  private static final String SIGNED = "sidecache.heartbeat(?)";

  private static final String OF_LOG =
      " exists (select from sidecache.attached a where not a.notify) as silent,"
          + " coalesce(pg_snapshot_xmin(?::pg_snapshot) < sidecache.floor(), false) as pruned";

  private static final String OF_NO_LOG = " false as silent, false as pruned";

  private static final String FROM = " from l, pg_database d where d.datname = current_database())";

  private static final String NO_ROWS =
      " select now.*, null::text, null::text[], null::text[], null::boolean, null::text from now";

  private static final String ROWS =
      " select now.*, r.cache, r.keys, r.groups, r.whole, r.xid::text from now left join sidecache.invalidation r"
          + " on r.xid >= pg_snapshot_xmin(?::pg_snapshot)"
          + " and not pg_visible_in_snapshot(r.xid, ?::pg_snapshot)";

  private static final int ROW = 14;

  private final Connection connection;
  private final Look.Installed installed;

  /**
   * Makes it for one connection.
   *
   * @param installed what the text may name; the statement fails where that is not true any more
   */
  LookStatement(Connection connection, Look.Installed installed) {
    this.connection = connection;
    this.installed = installed;
  }

  /**
   * Looks, in one round trip.
   *
   * @param payloads to notify of first, in this order
   * @param nonce a heartbeat is sent where there is one
   * @param since rows that are not visible in it are passed on, where the log is installed; none
   *     where it is empty
   */
  Look run(
      List<String> payloads,
      Optional<String> nonce,
      Optional<Cursor> since,
      Look.Rows rows,
      Consumer<SourceSignal.Changed> changes)
      throws SQLException {
    List<String> parameters = new ArrayList<>();
    String sql = sql(payloads, nonce, since, rows, parameters);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int next = 1;
      if (!payloads.isEmpty()) {
        statement.setArray(next++, connection.createArrayOf("text", payloads.toArray()));
      }
      for (String parameter : parameters) {
        statement.setString(next++, parameter);
      }
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        Look look = read(row);
        do {
          LogReader.pass(row, ROW, look.server().timeline(), changes);
        } while (row.next());
        return look;
      }
    }
  }

  /** The statement's text; adds what its marks stand for, in their order. */
  private String sql(
      List<String> payloads,
      Optional<String> nonce,
      Optional<Cursor> since,
      Look.Rows rows,
      List<String> parameters) {
    boolean readable = installed.log() == Look.Log.READABLE;
    StringBuilder sql = new StringBuilder("with ").append(payloads.isEmpty() ? "" : PAYLOADS);
    sql.append("l as materialized (select pg_current_wal_insert_lsn() as lsn")
        .append(payloads.isEmpty() ? "), " : " from p), ")
        .append(NOW);
    if (nonce.isPresent()) {
      sql.append(installed.fleet() ? SIGNED : HeartbeatPayload.SQL_CALL).append(" as heartbeat,");
      parameters.add(nonce.get());
    } else {
      sql.append("null::text as heartbeat,");
    }
    sql.append(readable && since.isPresent() ? OF_LOG : OF_NO_LOG).append(FROM);
    if (!readable || since.isEmpty()) {
      return sql.append(NO_ROWS).toString();
    }
    parameters.addAll(Collections.nCopies(3, since.get().snapshot()));
    return sql.append(ROWS)
        .append(
            switch (rows) {
              case SILENT -> " and r.silent";
              case ALL -> "";
            })
        .toString();
  }

  private static Look read(ResultSet row) throws SQLException {
    ServerIdentity server = ServerIdentity.read(row, 1);
    return new Look(
        server,
        new Cursor(row.getString(5), row.getString(6)),
        new Position(server.timeline(), 0, Position.parseLsn(row.getString(7))),
        row.getDouble(8),
        new Look.Installed(Look.Log.valueOf(row.getString(9)), row.getBoolean(10)),
        row.getBoolean(12),
        row.getBoolean(13));
  }
}
