/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** The heartbeats that the function sends. */
@ParameterizedClass
@EnumSource(SqlServer.class)
final class HeartbeatTest {
  private static final String CHANNEL = "sidecache_heartbeat";

  private final SqlServer server;

  HeartbeatTest(SqlServer server) {
    this.server = server;
  }

  @Test
  void heartbeat_sent_carriesAMacUnderTheFleetKey() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      String sent = bench.one("select sidecache.heartbeat('a.b')");

      assertThat(bench.payloads(CHANNEL)).containsExactly(sent);
      assertThat(sent)
          .matches("a\\.b [0-9A-F]+/[0-9A-F]+ 00000001 [0-9]+:[0-9]+:[0-9,]* [0-9a-f]{64}");
      assertMac(bench, sent);
    }
  }

  @Test
  void heartbeat_snapshotTooLong_claimsLess() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      String prefix = bench.database().name();
      String first = bench.one("select pg_snapshot_xmax(pg_current_snapshot())::text");
      try {
        // Each stays in the snapshot until it is rolled back.
        for (int i = 0; i < 2_700; i++) {
          bench.run("begin; select pg_current_xact_id(); prepare transaction '" + prefix + i + "'");
        }
        // A snapshot lists what is running below the last transaction that has ended.
        bench.run("select pg_current_xact_id()");
        assertThat(bench.one("select octet_length(pg_current_snapshot()::text) > 8000"))
            .isEqualTo("t");

        String sent = bench.one("select sidecache.heartbeat('a.b')");

        assertThat(bench.payloads(CHANNEL)).containsExactly(sent);
        assertThat(sent.split(" ", -1)[3]).isEqualTo(first + ":" + first + ":");
        assertMac(bench, sent);
      } finally {
        for (String name :
            bench.all("select gid from pg_prepared_xacts where database = current_database()")) {
          bench.run("rollback prepared '" + name + "'");
        }
      }
    }
  }

  @Test
  void heartbeat_nonceThatIsNoWord_isRefused() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      for (String nonce : List.of("null", "''", "'a b'", "E'a\\nb'", "'é'", "repeat('x', 201)")) {
        assertThatExceptionOfType(SQLException.class)
            .isThrownBy(() -> bench.run("select sidecache.heartbeat(" + nonce + ")"))
            .matches(e -> "22023".equals(e.getSQLState()));
      }
      assertThat(bench.payloads(CHANNEL)).isEmpty();
    }
  }

  private static void assertMac(Bench bench, String sent) throws Exception {
    int end = sent.lastIndexOf(' ');
    try (Statement statement = bench.writer().createStatement();
        ResultSet row = statement.executeQuery("select key from sidecache.fleet_key")) {
      assertThat(row.next()).isTrue();
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(row.getBytes(1), "HmacSHA256"));
      assertThat(sent.substring(end + 1))
          .isEqualTo(
              HexFormat.of()
                  .formatHex(mac.doFinal(sent.substring(0, end).getBytes(StandardCharsets.UTF_8))));
    }
  }
}
