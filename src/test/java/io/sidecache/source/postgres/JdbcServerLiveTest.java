/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sidecache.testing.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** What is sent, as another client hears it. */
final class JdbcServerLiveTest {
  private static final TestPostgres.Database DATABASE =
      TestPostgres.shared().createDatabase("jdbc");

  private final JdbcServer server =
      new JdbcServer(DATABASE.dataSource(), Runnable::run, Duration.ofSeconds(30));

  private static Connection listener() throws SQLException {
    Connection connection = DATABASE.dataSource().getConnection();
    try (Statement statement = connection.createStatement()) {
      statement.execute("listen sidecache_heartbeat; listen sidecache_invalidation");
    }
    return connection;
  }

  private static List<PGNotification> heard(Connection listener) throws SQLException {
    return List.of(listener.unwrap(PGConnection.class).getNotifications(10_000));
  }

  private Look heartbeat(String nonce) throws SQLException {
    return server.look(Optional.empty(), Look.Rows.SILENT, () -> Optional.of(nonce), change -> {});
  }

  @Test
  void heartbeat_sent_saysWhereTheServerStands() throws Exception {
    try (Connection listener = listener()) {
      ServerIdentity identity = heartbeat("a.b").server();

      HeartbeatPayload payload =
          HeartbeatPayload.parse(heard(listener).getFirst().getParameter()).orElseThrow();
      assertThat(payload.nonce()).isEqualTo("a.b");
      assertThat(payload.position().timeline()).isEqualTo(1);
      assertThat(payload.snapshot().toString()).matches("[0-9]+:[0-9]+:[0-9,]*");
      assertThat(
              DATABASE.query(
                  "select '" + payload.position().lsnText() + "' <= pg_current_wal_insert_lsn()"))
          .isEqualTo("t");
      assertThat(identity.database()).isEqualTo(DATABASE.name());
      assertThat(identity).isEqualTo(heartbeat("a.c").server());
    }
  }

  @Test
  void heartbeat_snapshotTooLongForAPayload_claimsLess() throws Exception {
    List<Connection> open = new ArrayList<>();
    try (Connection listener = listener()) {
      String first = "";
      for (int i = 0; i < 12; i++) {
        Connection connection = DATABASE.dataSource().getConnection();
        open.add(connection);
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement();
            var row = statement.executeQuery("select pg_current_xact_id()::text")) {
          row.next();
          first = first.isEmpty() ? row.getString(1) : first;
        }
      }
      // A long nonce leaves less room than twelve running transactions need.
      String nonce = "n".repeat(7_940);
      heartbeat(nonce);

      String payload = heard(listener).getFirst().getParameter();
      assertThat(payload.length()).isLessThanOrEqualTo(7_999);
      assertThat(HeartbeatPayload.parse(payload).orElseThrow().snapshot())
          .hasToString(first + ":" + first + ":");
    } finally {
      for (Connection connection : open) {
        connection.close();
      }
    }
  }

  @Test
  void publish_manyPayloads_comeInOrderAndTheHeartbeatLast() throws Exception {
    List<String> payloads = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      payloads.add("payload '" + i + "\" \\ {},");
    }
    try (Connection listener = listener()) {
      server.publishPayloads(payloads, () -> Optional.of("a.b"));

      List<PGNotification> heard = new ArrayList<>();
      while (heard.size() <= payloads.size()) {
        heard.addAll(heard(listener));
      }
      assertThat(heard.subList(0, payloads.size()))
          .extracting(PGNotification::getParameter)
          .containsExactlyElementsOf(payloads);
      assertThat(heard.getLast().getName()).isEqualTo(OwnChannels.HEARTBEAT);
    }
  }

  @Test
  void publish_oneTooLong_sendsNothing() throws Exception {
    try (Connection listener = listener()) {
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(
              () ->
                  server.publishPayloads(
                      List.of("a", "b".repeat(8_000)), () -> Optional.of("a.b")));

      heartbeat("after");
      assertThat(heard(listener)).hasSize(1);
    }
  }
}
