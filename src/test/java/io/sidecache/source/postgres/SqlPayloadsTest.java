/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.JsonText;
import io.sidecache.testing.TestPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** What the schema's functions and triggers notify, as this package reads it. */
final class SqlPayloadsTest {
  private static final TestPostgres.Database DATABASE = installed();

  private static TestPostgres.Database installed() {
    TestPostgres.Database database = TestPostgres.shared().createDatabase("payloads");
    try (InputStream script =
        Objects.requireNonNull(
            SqlPayloadsTest.class.getResourceAsStream("/db/sidecache/V1__sidecache.sql"))) {
      database.execute(new String(script.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return database;
  }

  private static List<String> heard(String channel, String... statements) throws Exception {
    try (Connection connection = DATABASE.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("listen " + channel);
      for (String sql : statements) {
        statement.execute(sql);
      }
      List<String> payloads = new ArrayList<>();
      for (PGNotification heard : connection.unwrap(PGConnection.class).getNotifications(10_000)) {
        payloads.add(heard.getParameter());
      }
      return payloads;
    }
  }

  @Test
  void heartbeat_ofTheFunction_isReadWithoutItsMac() throws Exception {
    String payload = heard(OwnChannels.HEARTBEAT, "select sidecache.heartbeat('a.b')").getFirst();

    HeartbeatPayload read =
        HeartbeatPayload.parse(payload.substring(0, payload.lastIndexOf(' '))).orElseThrow();

    assertThat(read.nonce()).isEqualTo("a.b");
    assertThat(read.position().timeline()).isEqualTo(1);
    assertThat(read.snapshot().toString()).matches("[0-9]+:[0-9]+:[0-9,]*");
  }

  @Test
  void invalidations_ofTheTriggers_areReadAsTheyAre() throws Exception {
    DATABASE.execute(
        "create table t (a text, b text, primary key (a, b));"
            + " select sidecache.attach('t', 'ca\"che', groups => array['g {a}'])");

    List<String> payloads =
        heard(
            OwnChannels.INVALIDATION,
            "insert into t values (E'\"\\\\/\\b\\x01é😀', '')",
            "truncate t");

    List<Invalidation> read = new ArrayList<>();
    for (String payload : payloads) {
      read.addAll(InvalidationPayload.read(payload).invalidations());
    }
    StringBuilder key = new StringBuilder("[");
    JsonText.appendString(key, "\"\\/\b\u0001é😀");
    key.append(",\"\"]");
    assertThat(read)
        .containsExactly(
            new Invalidation.Key("ca\"che", key.toString()),
            new Invalidation.Tag("ca\"che", "g \"\\/\b\u0001é😀"),
            new Invalidation.WholeCache("ca\"che"));
  }
}
