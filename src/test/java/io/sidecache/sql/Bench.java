/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidecache.testing.TestPostgres.Database;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * A database with one connection that writes and one that listens. What a change leads to is told
 * twice, by the log and by the notifications, each as lines such as {@code products key 42}, {@code
 * products group list} and {@code products whole}.
 */
final class Bench implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Database database;
  private final Connection writer;
  private final Connection listener;

  Bench(Database database) throws SQLException {
    this.database = database;
    this.writer = database.dataSource().getConnection();
    this.listener = database.dataSource().getConnection();
    try (Statement statement = listener.createStatement()) {
      statement.execute("listen sidecache_invalidation; listen sidecache_heartbeat; listen done");
    }
  }

  Database database() {
    return database;
  }

  Connection writer() {
    return writer;
  }

  /** Another connection to the same database. */
  Connection connect() throws SQLException {
    return database.dataSource().getConnection();
  }

  /** Runs each text on its own, so in autocommit each is a transaction unless it says otherwise. */
  void run(String... texts) throws SQLException {
    for (String text : texts) {
      run(writer, text);
    }
  }

  static void run(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  /** The first column of the first row. */
  String one(String sql) throws SQLException {
    return one(writer, sql);
  }

  static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      assertThat(row.next()).isTrue();
      return row.getString(1);
    }
  }

  /** The first column of all rows. */
  List<String> all(String sql) throws SQLException {
    List<String> values = new ArrayList<>();
    try (Statement statement = writer.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        values.add(row.getString(1));
      }
    }
    return values;
  }

  /** Attaches, and forgets what that itself leads to. */
  void attach(String arguments) throws SQLException {
    run("select sidecache.attach(" + arguments + ")");
    forget();
  }

  /** Empties the log and drops what has been heard. */
  void forget() throws SQLException {
    run("delete from sidecache.invalidation");
    payloads();
  }

  /** What the log says. */
  SortedSet<String> logged() throws SQLException {
    return items("true");
  }

  private SortedSet<String> items(String condition) throws SQLException {
    return new TreeSet<>(
        all(
            "select cache || ' key ' || k from sidecache.invalidation, unnest(keys) k where "
                + condition
                + " union all select cache || ' group ' || g from sidecache.invalidation,"
                + " unnest(groups) g where "
                + condition
                + " union all select cache || ' whole' from sidecache.invalidation where whole and "
                + condition));
  }

  /** What has been heard on the channel of invalidations since the last time, in order. */
  List<String> payloads() throws SQLException {
    return payloads("sidecache_invalidation");
  }

  List<String> payloads(String channel) throws SQLException {
    run("notify done");
    List<String> payloads = new ArrayList<>();
    while (true) {
      for (PGNotification heard : listener.unwrap(PGConnection.class).getNotifications(60_000)) {
        if (heard.getName().equals("done")) {
          return payloads;
        }
        if (heard.getName().equals(channel)) {
          assertThat(heard.getParameter().getBytes(StandardCharsets.UTF_8).length)
              .isLessThanOrEqualTo(7_999);
          payloads.add(heard.getParameter());
        }
      }
    }
  }

  /** What payloads say; one that refers to the log says what stands there. */
  SortedSet<String> said(List<String> payloads) throws SQLException {
    SortedSet<String> said = new TreeSet<>();
    for (String payload : payloads) {
      JsonNode body = read(payload);
      assertThat(body.path("v").asInt()).isEqualTo(1);
      if (body.has("log")) {
        said.addAll(
            items(
                String.format(
                    "xid = '%s' and cache = '%s'",
                    body.path("log").asText(), body.path("cache").asText().replace("'", "''"))));
      }
      for (JsonNode item : body.path("i")) {
        String cache = item.path("cache").asText();
        if (item.path("whole").asBoolean()) {
          said.add(cache + " whole");
        } else if (item.has("key")) {
          said.add(cache + " key " + item.path("key").asText());
        } else {
          said.add(cache + " group " + item.path("group").asText());
        }
      }
    }
    return said;
  }

  static boolean refersToTheLog(String payload) {
    return read(payload).has("log");
  }

  private static JsonNode read(String payload) {
    try {
      return JSON.readTree(payload);
    } catch (JsonProcessingException e) {
      throw new AssertionError("not JSON: " + payload, e);
    }
  }

  /** The log and the notifications since {@link #forget} both say exactly this. */
  void assertSaid(String... items) throws SQLException {
    List<String> expected = new TreeSet<>(List.of(items)).stream().toList();
    assertThat(logged()).as("the log").containsExactlyElementsOf(expected);
    assertThat(said(payloads())).as("the notifications").containsExactlyElementsOf(expected);
  }

  int version() throws SQLException {
    return Integer.parseInt(one("show server_version_num")) / 10_000;
  }

  @Override
  public void close() throws SQLException {
    writer.close();
    listener.close();
  }
}
