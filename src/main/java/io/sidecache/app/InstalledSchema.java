/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What of our schema is in a database, and what of it this role may use.
 *
 * @param isThere whether any of it is
 * @param version the newest version in Flyway's history; empty where there is none that this role
 *     may read
 * @param missing what this program calls and the database does not have
 * @param denied what it has and this role may not use
 * @param remedy the statement that ends the denials
 */
record InstalledSchema(
    boolean isThere,
    Optional<String> version,
    List<String> missing,
    List<String> denied,
    String remedy) {

  private static final String LOOK =
      SchemaMigration.OURS
          + """
          select exists (select from ours where relname = 'invalidation'),
                 coalesce((select has_schema_privilege(relnamespace, 'USAGE') and has_table_privilege(oid, 'SELECT')
                   from ours where relname = 'flyway_schema_history'), false),
                 case
                   when not exists (select from pg_roles where rolname = 'sidecache_listener')
                     then 'let the owner run: create role sidecache_listener nologin;'
                       || ' select sidecache.grant_to_listener(); grant sidecache_listener to '
                       || quote_ident(current_user)
                   when (select pg_has_role(current_user, oid, 'USAGE') from pg_roles where rolname = 'sidecache_listener')
                     then 'let the owner run: select sidecache.grant_to_listener()'
                   else 'grant sidecache_listener to ' || quote_ident(current_user) end
          """;

  /** What {@code sidecache.grant_to_listener()} grants, and this program and its views use. */
  private static final String PARTS =
      """
      with part (kind, name) as (values
        ('table', 'invalidation'), ('table', 'prune_floor'), ('table', 'fleet_key'), ('table', 'attached'),
        ('function', 'invalidate'), ('function', 'invalidate_group'), ('function', 'invalidate_all'),
        ('function', 'heartbeat'), ('function', 'prune'), ('function', 'floor'), ('function', 'wanted'),
        ('function', 'column_types')),
      home as (select oid from pg_namespace where nspname = 'sidecache')
      select part.kind || ' sidecache.' || part.name, found.usable is not null, coalesce(found.usable, false)
        from part left join lateral (
          select has_schema_privilege(home.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT') as usable
            from home join pg_class c on c.relnamespace = home.oid
           where part.kind = 'table' and c.relname = part.name
          union all
          select has_schema_privilege(home.oid, 'USAGE') and has_function_privilege(p.oid, 'EXECUTE')
            from home join pg_proc p on p.pronamespace = home.oid
           where part.kind = 'function' and p.proname = part.name) found on true
       order by 1
      """;

  private static final String VERSION =
      "select version from sidecache.flyway_schema_history"
          + " where success and version is not null order by installed_rank desc limit 1";

  InstalledSchema {
    missing = List.copyOf(missing);
    denied = List.copyOf(denied);
  }

  /** Looks. Blocks; changes nothing. */
  static InstalledSchema read(Connection connection) throws SQLException {
    boolean isThere;
    boolean history;
    String remedy;
    try (PreparedStatement statement = connection.prepareStatement(LOOK);
        ResultSet row = statement.executeQuery()) {
      row.next();
      isThere = row.getBoolean(1);
      history = row.getBoolean(2);
      remedy = row.getString(3);
    }
    List<String> missing = new ArrayList<>();
    List<String> denied = new ArrayList<>();
    if (isThere) {
      parts(connection, missing, denied);
    }
    return new InstalledSchema(
        isThere, history ? version(connection) : Optional.empty(), missing, denied, remedy);
  }

  private static void parts(Connection connection, List<String> missing, List<String> denied)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(PARTS);
        ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        if (!row.getBoolean(2)) {
          missing.add(row.getString(1));
        } else if (!row.getBoolean(3)) {
          denied.add(row.getString(1));
        }
      }
    }
  }

  private static Optional<String> version(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(VERSION);
        ResultSet row = statement.executeQuery()) {
      return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
    }
  }

  /** Whether all that the program uses is there and may be used. */
  boolean isUsable() {
    return isThere && missing.isEmpty() && denied.isEmpty();
  }
}
