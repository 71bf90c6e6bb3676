/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.source.Trouble;
import io.sidecache.testing.SelfSigned;
import io.sidecache.testing.TestPostgres;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The listening connection's TLS, with real handshakes. */
final class ListenerTlsLiveTest {
  @TempDir static Path directory = Path.of("");

  @SuppressWarnings("NullAway.Init") // made before all tests
  private static TestPostgres server;

  @SuppressWarnings("NullAway.Init")
  private static TestPostgres.Database database;

  @SuppressWarnings("NullAway.Init")
  private static SelfSigned own;

  @BeforeAll
  static void start() throws Exception {
    own = SelfSigned.make(directory, "server", "localhost");
    server =
        TestPostgres.start(
            Map.of(
                "ssl", "on",
                "ssl_cert_file", own.certificate().toString(),
                "ssl_key_file", own.key().toString()));
    database = server.createDatabase("tls");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Followed listening(String host, String parameters) {
    return Followed.listening(
        "jdbc:postgresql://" + host + ":" + server.port() + "/" + database.name() + parameters,
        database.dataSource());
  }

  private static void assertEncrypted() {
    assertThat(
            database.query(
                "select string_agg(s.ssl::text, ',') from pg_stat_activity a"
                    + " join pg_stat_ssl s using (pid)"
                    + " where a.datname = current_database()"
                    + " and a.application_name = 'sidecache-listener'"))
        .isEqualTo("true");
  }

  @Test
  void require_anyCertificate_isEncrypted() throws Exception {
    try (Followed followed = listening("127.0.0.1", "?sslmode=require").awaitFresh()) {
      assertEncrypted();
      followed.barrier();
    }
  }

  @Test
  void verifyFull_rightRootAndName_isEncrypted() throws Exception {
    try (Followed followed =
        listening("localhost", "?sslmode=verify-full&sslrootcert=" + own.certificate())
            .awaitFresh()) {
      assertEncrypted();
      followed.barrier();
    }
  }

  @Test
  void verifyFull_anotherName_isRefused() {
    try (Followed followed =
        listening("127.0.0.1", "?sslmode=verify-full&sslrootcert=" + own.certificate())) {
      followed.awaitTrouble(Trouble.UNREACHABLE);
      assertThat(followed.lastFailure()).isNotBlank();
      assertThat(followed.sink.signals()).isEmpty();
    }
  }

  @Test
  void verifyFull_anotherRoot_isRefused() throws Exception {
    SelfSigned other = SelfSigned.make(directory, "other", "localhost");
    try (Followed followed =
        listening("localhost", "?sslmode=verify-full&sslrootcert=" + other.certificate())) {
      followed.awaitTrouble(Trouble.UNREACHABLE);
      assertThat(followed.sink.signals()).isEmpty();
    }
  }
}
