/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * Sends through a JDBC pool. Each call is one statement in autocommit, so one round trip. Blocks:
 * for a connection as long as the pool does, then no longer than the timeout, after which the
 * driver gives the connection up.
 */
final class JdbcServer implements Server {
  private static final String HEARTBEAT =
      "select "
          + HeartbeatPayload.SQL_CALL
          + ", current_database()::text,"
          + " (select oid::int8 from pg_database where datname = current_database()),"
          + " extract(epoch from pg_postmaster_start_time())::text,"
          + " substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8),"
          // Without USAGE, PostgreSQL refuses even to look a name up in a schema (namespace.c).
          + " case when exists (select from pg_namespace where nspname = 'sidecache'"
          + " and has_schema_privilege(oid, 'USAGE')) then coalesce(has_function_privilege("
          + "to_regprocedure('sidecache.invalidate(text,text[])'), 'EXECUTE'), false)"
          + " else false end"
          + " from "
          + HeartbeatPayload.SQL_FROM;

  private static final String SILENT_HEARTBEAT =
      "select " + HeartbeatPayload.SQL_CALL + " from " + HeartbeatPayload.SQL_FROM;

  /**
   * The branches of UNION ALL run one after the other, and the inner ORDER BY keeps the payloads'
   * order; pg_notify is marked parallel restricted (pg_proc.dat), so no worker runs it.
   */
  private static final String PUBLISH =
      "select pg_notify('"
          + OwnChannels.INVALIDATION
          + "', p.payload) from (select u.payload from unnest(?::text[]) with ordinality"
          + " u(payload, n) order by u.n) p"
          + " union all "
          + SILENT_HEARTBEAT;

  private final DataSource dataSource;
  private final Executor executor;
  private final int timeoutMillis;

  /** Whether there is a log of changes that we may write to; asked with every heartbeat. */
  private volatile boolean logged;

  /**
   * Makes a server.
   *
   * @param executor where the driver may run what a timeout calls for
   * @param timeout bounds each read from the socket
   */
  JdbcServer(DataSource dataSource, Executor executor, Duration timeout) {
    this.dataSource = dataSource;
    this.executor = executor;
    this.timeoutMillis = Math.toIntExact(timeout.toMillis());
  }

  @Override
  public ServerIdentity heartbeat(Supplier<String> nonce) throws SQLException {
    return bounded(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(HEARTBEAT)) {
            statement.setString(1, nonce.get());
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              logged = row.getBoolean(6);
              return ServerIdentity.read(row, 2);
            }
          }
        });
  }

  @Override
  public void publish(List<Invalidation> invalidations, Supplier<String> nonce)
      throws SQLException {
    if (logged) {
      bounded(
          connection ->
              inTransaction(connection, () -> publishLogged(connection, invalidations, nonce)));
    } else {
      publishPayloads(InvalidationPayload.write(invalidations), nonce);
    }
  }

  /**
   * By the functions of the schema, so that sidecars that are disconnected now find it in the log.
   */
  private static boolean publishLogged(
      Connection connection, List<Invalidation> invalidations, Supplier<String> nonce)
      throws SQLException {
    record(connection, invalidations);
    try (PreparedStatement statement = connection.prepareStatement(SILENT_HEARTBEAT)) {
      statement.setString(1, nonce.get());
      return statement.execute();
    }
  }

  /** The order within a transaction says nothing, so names of one cache go in one call. */
  private static void record(Connection connection, List<Invalidation> invalidations)
      throws SQLException {
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
      statement.setString(1, first);
      if (!names.isEmpty()) {
        statement.setArray(2, connection.createArrayOf("text", names.toArray()));
      }
      statement.execute();
    }
  }

  /** By notification alone, where nothing of ours is installed. */
  void publishPayloads(List<String> payloads, Supplier<String> nonce) throws SQLException {
    bounded(
        connection -> {
          Array array = connection.createArrayOf("text", payloads.toArray());
          try (PreparedStatement statement = connection.prepareStatement(PUBLISH)) {
            statement.setArray(1, array);
            statement.setString(2, nonce.get());
            return statement.execute();
          } finally {
            array.free();
          }
        });
  }

  @Override
  public CaughtUp catchUp(Optional<Cursor> since, Consumer<Invalidation> changes)
      throws SQLException {
    return bounded(
        connection ->
            inTransaction(connection, () -> new LogReader(connection).catchUp(since, changes)));
  }

  @Override
  public void readTransaction(LogReference reference, Consumer<Invalidation> changes)
      throws SQLException {
    bounded(connection -> new LogReader(connection).ofTransaction(reference, changes));
  }

  /** Something to do with a connection. */
  @FunctionalInterface
  private interface Call<T> {
    T run(Connection connection) throws SQLException;
  }

  /** Something to do within a transaction. */
  @FunctionalInterface
  private interface Work<T> {
    T run() throws SQLException;
  }

  /** All or nothing; leaves the connection in the mode that it came in. */
  private static <T> T inTransaction(Connection connection, Work<T> work) throws SQLException {
    boolean autoCommit = connection.getAutoCommit();
    connection.setAutoCommit(false);
    try {
      T result = work.run();
      connection.commit();
      return result;
    } catch (SQLException | RuntimeException e) {
      try {
        connection.rollback();
      } catch (SQLException again) {
        e.addSuppressed(again);
      }
      throw e;
    } finally {
      connection.setAutoCommit(autoCommit);
    }
  }

  private <T> T bounded(Call<T> call) throws SQLException {
    try (Connection connection = dataSource.getConnection()) {
      int before = connection.getNetworkTimeout();
      connection.setNetworkTimeout(executor, timeoutMillis);
      T result;
      try {
        result = call.run(connection);
        if (!connection.getAutoCommit()) {
          // A pool may be set up so; without this, closing would roll back in silence.
          connection.commit();
        }
      } catch (SQLException | RuntimeException e) {
        restore(connection, before, e);
        throw e;
      }
      connection.setNetworkTimeout(executor, before);
      return result;
    }
  }

  /** The connection may go on to serve others, with the timeout that they expect. */
  private void restore(Connection connection, int networkTimeoutMillis, Exception cause) {
    try {
      connection.setNetworkTimeout(executor, networkTimeoutMillis);
    } catch (SQLException e) {
      cause.addSuppressed(e);
    }
  }
}
