/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ListenerAddressTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  private static PgConnectOptions options(String url) {
    ListenerAddress address = ListenerAddress.parse(url);
    return address.options(address.hosts().getFirst(), Optional.of("u"), Optional.of("p"), TIMEOUT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jdbc:postgresql://h/d|h:5432/d",
        "jdbc:postgresql://h:1,g:2/d|h:1,g:2/d",
        "jdbc:postgresql://h:1,g/d|h:1,g:5432/d",
        "jdbc:postgresql://[::1]:7,[fe80::1]/d|[::1]:7,[fe80::1]:5432/d",
        "jdbc:postgresql:d|localhost:5432/d",
        "jdbc:postgresql:///d|localhost:5432/d",
        "jdbc:postgresql://h/a%20b%2Fc|h:5432/a b/c"
      })
  void parse_goodUrl_givesHostsAndDatabase(String url, String expected) {
    assertThat(ListenerAddress.parse(url)).hasToString(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "postgresql://secret@h/d",
        "jdbc:mysql://h/d?password=secret",
        "jdbc:postgresql://h:port/d?password=secret",
        "jdbc:postgresql://h:99999/d?password=secret",
        "jdbc:postgresql://u:secret@h/d",
        "jdbc:postgresql://h/?password=secret",
        "jdbc:postgresql://h/d?password=secret%zz",
        "jdbc:postgresql://h/d?sslmode=maybe&password=secret",
        "jdbc:postgresql://h/d?connectTimeout=soon&password=secret",
        "jdbc:postgresql://h/d?connectTimeout=-1&password=secret",
        "jdbc:postgresql://h/d?targetServerType=secondary&password=secret",
        "jdbc:postgresql://h/d?channelBinding=require&password=secret",
        "jdbc:postgresql://h/d?sslmode=verify-ca&sslrootcert=/nowhere&password=secret",
        "jdbc:postgresql://h/d?sslcert=/nowhere&password=secret"
      })
  void parse_badUrl_isRefusedWithoutThePassword(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ListenerAddress.parse(url))
        .satisfies(e -> assertThat(e).message().isNotEmpty().doesNotContain("secret"));
  }

  @ParameterizedTest
  @CsvSource({
    "'',PREFER",
    "sslmode=disable,DISABLE",
    "sslmode=allow,ALLOW",
    "sslmode=prefer,PREFER",
    "sslmode=require,REQUIRE",
    "ssl=false,PREFER"
  })
  void options_sslmode_isPassedOn(String parameters, SslMode expected) {
    assertThat(options("jdbc:postgresql://h/d?" + parameters).getSslMode()).isEqualTo(expected);
  }

  @Test
  void options_verifyFull_checksNameAndCertificate(@TempDir Path directory) throws Exception {
    Path certificate = Files.createFile(directory.resolve("root.crt"));

    PgConnectOptions options =
        options("jdbc:postgresql://h/d?sslmode=verify-full&sslrootcert=" + certificate);

    assertThat(options.getHostnameVerificationAlgorithm()).isEqualTo("HTTPS");
    assertThat(options.getTrustOptions()).isNotNull();
    assertThat(options.isTrustAll()).isFalse();
  }

  @Test
  void options_plain_areThoseOfAListener() {
    PgConnectOptions options =
        options("jdbc:postgresql://[::1]:7/d?options=-c%20a%3Db&currentSchema=x&loginTimeout=5");

    assertThat(options.getHost()).isEqualTo("::1");
    assertThat(options.getPort()).isEqualTo(7);
    assertThat(options.getDatabase()).isEqualTo("d");
    assertThat(options.getUser()).isEqualTo("u");
    assertThat(options.getPassword()).isEqualTo("p");
    assertThat(options.isTcpKeepAlive()).isTrue();
    assertThat(options.getConnectTimeout()).isEqualTo(3_000);
    assertThat(options.getProperties())
        .containsEntry("application_name", "sidecache-listener")
        .containsEntry("client_encoding", "utf8")
        .containsEntry("options", "-c a=b")
        .hasSize(3);
  }

  @Test
  void options_connectTimeout_onlyShortensTheBound() {
    assertThat(options("jdbc:postgresql://h/d?connectTimeout=1").getConnectTimeout())
        .isEqualTo(1_000);
    assertThat(options("jdbc:postgresql://h/d?connectTimeout=60").getConnectTimeout())
        .isEqualTo(3_000);
  }

  @Test
  void settings_contradictory_areRefusedWithNameAndValue() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings("jdbc:postgresql://h/d", Duration.ofSeconds(3), TIMEOUT))
        .withMessageContaining("heartbeat-interval must be below heartbeat-timeout");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> settings("jdbc:postgresql://h/d", Duration.ZERO, TIMEOUT))
        .withMessageContaining("heartbeat-interval must be 1ms to 1 day, was PT0S");
  }

  @Test
  void settings_asText_keepThePassword() {
    assertThat(
            settings("jdbc:postgresql://h/d?password=secret", Duration.ofSeconds(1), TIMEOUT)
                .toString())
        .contains("h:5432/d")
        .doesNotContain("secret");
  }

  private static PostgresSourceSettings settings(String url, Duration interval, Duration timeout) {
    return new PostgresSourceSettings(
        url,
        Optional.of("u"),
        () -> Optional.of("secret"),
        interval,
        timeout,
        Duration.ofMillis(100),
        Duration.ofSeconds(10),
        Duration.ofSeconds(2),
        true);
  }
}
