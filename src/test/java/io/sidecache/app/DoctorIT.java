/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.testing.PgBouncerProcess;
import io.sidecache.testing.SelfSigned;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.StandbyFixture;
import io.sidecache.testing.TestPostgres;
import io.sidecache.testing.WebhookReceiver;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is shipped, asked what is wrong: its lines, its exit code, and nothing else. */
final class DoctorIT {
  private static final Pattern LINE = Pattern.compile("(ok  |warn|FAIL|skip)  [a-z]+ +\\S.*");
  private static final String SECRET = "whsec_Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5";
  private static final List<String> CANARIES =
      List.of("canary", "CANARY", "Y2FuYXJ5", "hooks/cache", "from=sidecar");

  private final Artefact artefact = Artefact.built();
  private final Map<String, String> variables = new HashMap<>();

  private static TestPostgres.Database database() {
    TestPostgres.Database database = TestPostgres.shared().createDatabase("doctor");
    database.execute("create table item (id bigint primary key, n bigint)");
    return database;
  }

  private static TestPostgres.Database attached() {
    TestPostgres.Database database = database();
    SidecacheSchema.install(database);
    database.execute("select sidecache.attach('item', 'items')");
    return database;
  }

  private void uses(TestPostgres.Database database) {
    uses(database.url());
  }

  private void uses(String url) {
    variables.put("QUARKUS_DATASOURCE_JDBC_URL", url);
    variables.put("QUARKUS_DATASOURCE_USERNAME", TestPostgres.Database.USER);
    variables.put("QUARKUS_DATASOURCE_PASSWORD", "canary-password");
    variables.put("SIDECACHE_API_TOKEN", "canary-token-canary-token");
    variables.put("SIDECACHE_CACHES_ITEMS_LOAD", "select n from item where id = ?::bigint");
  }

  private List<String> lines(int exitCode) {
    Artefact.Ended ended = artefact.run(variables, "doctor");
    assertThat(ended.exitCode()).as(ended.output()).isEqualTo(exitCode);
    assertThat(ended.output())
        .doesNotContain(CANARIES.toArray(String[]::new))
        .doesNotContain("\tat ");
    assertThat(ended.errors().lines().filter(line -> !line.startsWith("WARNING:"))).isEmpty();
    List<String> lines = ended.out().lines().toList();
    assertThat(lines).allMatch(line -> LINE.matcher(line).matches());
    return lines;
  }

  private static String only(List<String> lines, String check) {
    List<String> found =
        lines.stream().filter(line -> line.substring(6).startsWith(check + " ")).toList();
    assertThat(found).as(String.join("\n", lines)).hasSize(1);
    return found.getFirst();
  }

  @Test
  void allWell_everyLineIsOk_andNoPortIsOpened() throws Exception {
    uses(attached());
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        WebhookReceiver peer = WebhookReceiver.start(r -> WebhookReceiver.status(200))) {
      variables.put("QUARKUS_HTTP_PORT", Integer.toString(taken.getLocalPort()));
      variables.put("QUARKUS_MANAGEMENT_HOST", "127.0.0.1");
      variables.put("QUARKUS_MANAGEMENT_PORT", Integer.toString(taken.getLocalPort()));
      variables.put("SIDECACHE_WEBHOOKS_SEARCH_URL", peer.url().toString());
      variables.put("SIDECACHE_WEBHOOKS_SEARCH_SECRET", SECRET);
      List<String> lines = lines(0);
      assertThat(lines).allMatch(line -> line.startsWith("ok "));
      assertThat(only(lines, "connection")).contains(" as postgres, PostgreSQL 18", ", primary");
      assertThat(only(lines, "listen"))
          .contains("own heartbeat heard after", "sidecache_heartbeat, sidecache_invalidation");
      assertThat(only(lines, "schema")).contains("installed by hand");
      assertThat(only(lines, "attached")).contains("table item to cache items by id");
      assertThat(only(lines, "load")).contains("cache items, parameters: 1, reads item");
      assertThat(only(lines, "feed")).contains("fed by table item (id)");
      assertThat(only(lines, "webhook")).contains("search, http://127.0.0.1:", "answers (200");
      // Nothing that a peer would act on, and not even its address.
      assertThat(peer.requests())
          .singleElement()
          .satisfies(
              request -> {
                assertThat(request.line()).isEqualTo("OPTIONS * HTTP/1.1");
                assertThat(request.body()).isEmpty();
                assertThat(request.headers()).doesNotContainKey("webhook-signature");
              });
    }
  }

  @Test
  void whatIsMissing_isWarnedOfWithTheRemedy_andEndsWell() {
    uses(database());
    variables.put("SIDECACHE_CACHES_ORDERS_MAXIMUM_SIZE", "10");
    variables.put("SIDECACHE_CHANNELS_NEW_ORDER_CACHE", "orders");
    variables.put("SIDECACHE_WEBHOOKS_SEARCH_URL", "http://127.0.0.1:1/hooks/cache?from=sidecar");
    variables.put("SIDECACHE_WEBHOOKS_SEARCH_SECRET", SECRET);
    List<String> lines = lines(0);
    assertThat(only(lines, "schema")).startsWith("warn").contains("not installed", "migrate");
    assertThat(only(lines, "channel")).startsWith("warn").contains("new_order, named by no");
    assertThat(lines)
        .anyMatch(
            line ->
                line.startsWith("warn  feed         cache items, nothing notifies of changes")
                    && line.endsWith(
                        "select sidecache.attach('item', 'items'), or set a channel in"
                            + " sidecache.channels"))
        .anyMatch(line -> line.startsWith("ok    feed         cache orders, fed by channel"));
    assertThat(only(lines, "webhook")).startsWith("warn").contains("refused");
  }

  @Test
  void settingsWrong_areNamedFirst_andTheRestIsSkipped() {
    uses(database());
    variables.put("SIDECACHE_CACHES_ITEMS_MAXIMUM_SIZE", "many");
    variables.put("SIDECACHE_LISTENER_HEARTBEAT_TIMEOUT", "1s");
    List<String> lines = lines(1);
    assertThat(lines.getFirst())
        .startsWith("FAIL  settings     sidecache.caches.items.maximum-size = \"many\": ");
    assertThat(lines.get(1)).startsWith("FAIL  settings     sidecache.listener.heartbeat-timeout");
    assertThat(lines.subList(2, lines.size()))
        .isNotEmpty()
        .allMatch(line -> line.startsWith("skip"));
  }

  @Test
  void hostUnreachable_failsAndSkipsWhatNeedsIt() {
    uses("jdbc:postgresql://127.0.0.1:1/shop?password=canary-in-url&sslmode=disable");
    List<String> lines = lines(1);
    assertThat(only(lines, "connection"))
        .startsWith("FAIL")
        .contains("127.0.0.1:1/shop", "refused", "can be reached");
    assertThat(only(lines, "listen")).isEqualTo("skip  listen       there is no connection");
  }

  @Test
  void serverThatNeverAnswers_isGivenUp() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      uses("jdbc:postgresql://127.0.0.1:" + mute.getLocalPort() + "/shop?sslmode=disable");
      variables.put(
          "SIDECACHE_WEBHOOKS_SEARCH_URL", "https://127.0.0.1:" + mute.getLocalPort() + "/");
      variables.put("SIDECACHE_WEBHOOKS_SEARCH_SECRET", SECRET);
      List<String> lines = lines(1);
      assertThat(only(lines, "connection")).startsWith("FAIL");
      assertThat(only(lines, "webhook")).doesNotStartWith("ok");
    }
  }

  @Test
  void roleWithoutPrivileges_isToldWhatToGrant() {
    TestPostgres.Database database = attached();
    database.execute("create role doctor_visitor login");
    database.execute("grant select on item to doctor_visitor");
    uses(database);
    variables.put("QUARKUS_DATASOURCE_USERNAME", "doctor_visitor");
    List<String> lines = lines(1);
    assertThat(only(lines, "privileges"))
        .startsWith("FAIL")
        .contains("table sidecache.invalidation")
        .endsWith(": grant sidecache_listener to doctor_visitor");
    assertThat(only(lines, "attached")).startsWith("skip");
    assertThat(only(lines, "listen")).startsWith("ok");

    database.execute("grant sidecache_listener to doctor_visitor");
    assertThat(lines(0)).allMatch(line -> line.startsWith("ok "));
  }

  @Test
  void triggerDisabled_isDrift() {
    TestPostgres.Database database = attached();
    database.execute("alter table item disable trigger user");
    uses(database);
    assertThat(lines(1))
        .anyMatch(
            line ->
                line.startsWith("FAIL  attached     table item to cache items by id, has drifted")
                    && line.contains("is disabled: attach again"));
  }

  @Test
  void loadThatFails_isNamedWithoutBeingRun() {
    TestPostgres.Database database = attached();
    uses(database);
    variables.put("SIDECACHE_CACHES_ITEMS_LOAD", "select n from item where id = ?");
    variables.put(
        "SIDECACHE_CACHES_COUNTED_LOAD",
        "update item set n = n + 1 where id = ?::bigint returning n");
    database.execute("insert into item values (1, 1)");
    List<String> lines = lines(1);
    assertThat(lines)
        .anyMatch(
            line ->
                line.startsWith("FAIL  load         cache items, SQLSTATE 42883")
                    && line.contains("needs a cast"))
        .anyMatch(line -> line.startsWith("ok    load         cache counted,"));
    assertThat(database.query("select n from item")).isEqualTo("1");
  }

  @Test
  void transactionPooler_isNamedAndTheLogReadInstead() {
    TestPostgres.Database database = attached();
    try (PgBouncerProcess bouncer =
        PgBouncerProcess.start(database.port(), PgBouncerProcess.Mode.TRANSACTION)) {
      uses(database.urlThrough(bouncer.port()) + "&prepareThreshold=0");
      List<String> lines = lines(0);
      assertThat(only(lines, "listen")).startsWith("warn").contains("log of changes is read");
      assertThat(only(lines, "pooler")).startsWith("warn").contains("transaction");
      assertThat(only(lines, "load")).startsWith("ok");

      bouncer.restart(PgBouncerProcess.Mode.SESSION);
      assertThat(only(lines(0), "pooler")).startsWith("ok").contains("in session mode");
    }
  }

  @Test
  void standby_isNamed() {
    try (TestPostgres primary = TestPostgres.start()) {
      TestPostgres.Database database = primary.createDatabase("standby");
      database.execute("create table item (id bigint primary key, n bigint)");
      try (StandbyFixture standby = StandbyFixture.of(primary)) {
        uses(standby.database(database));
        List<String> lines = lines(1);
        assertThat(only(lines, "connection")).startsWith("ok").endsWith(", standby");
        assertThat(only(lines, "primary"))
            .startsWith("FAIL")
            .contains("the server is a standby", "targetServerType=primary");
        assertThat(only(lines, "listen")).startsWith("FAIL").contains("standby, ");
      }
    }
  }

  @Test
  void peerWithAnUntrustedCertificate_fails(@TempDir Path directory) throws Exception {
    SelfSigned own = SelfSigned.make(directory, "peer", "localhost");
    uses(attached());
    try (SSLServerSocket server = listening(directory)) {
      Thread.ofVirtual().start(() -> answerAll(server));
      variables.put(
          "SIDECACHE_WEBHOOKS_SEARCH_URL", "https://localhost:" + server.getLocalPort() + "/");
      variables.put("SIDECACHE_WEBHOOKS_SEARCH_SECRET", SECRET);
      assertThat(only(lines(1), "webhook"))
          .startsWith("FAIL")
          .contains("certificate is not trusted", "tls-configuration-name");

      variables.put("SIDECACHE_WEBHOOKS_SEARCH_TLS_CONFIGURATION_NAME", "peer");
      variables.put("QUARKUS_TLS_PEER_TRUST_STORE_PEM_CERTS", own.certificate().toString());
      assertThat(only(lines(0), "webhook")).startsWith("ok").contains("answers (204");
    }
  }

  /** With the key that {@link SelfSigned} has left in the directory. */
  private static SSLServerSocket listening(Path directory) throws Exception {
    char[] password = "of-no-importance".toCharArray();
    java.security.KeyStore keys =
        java.security.KeyStore.getInstance(directory.resolve("peer.p12").toFile(), password);
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return (SSLServerSocket)
        context
            .getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  private static void answerAll(SSLServerSocket server) {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.setSoTimeout(10_000);
        if (socket.getInputStream().read() >= 0) {
          socket
              .getOutputStream()
              .write("HTTP/1.1 204 x\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
          socket.getOutputStream().flush();
        }
      } catch (java.io.IOException e) {
        // the client has gone, or the server was closed
      }
    }
  }

  @Test
  void fedByWebhooks_withoutADatabase_saysSo() {
    variables.put("SIDECACHE_SOURCE", "webhook");
    variables.put("SIDECACHE_SENDERS_RELAY_SECRET", SECRET);
    variables.put("SIDECACHE_CACHES_ORDERS_MAXIMUM_SIZE", "10");
    List<String> lines = lines(0);
    assertThat(lines).hasSize(2).allMatch(line -> line.startsWith("ok "));
    assertThat(only(lines, "source")).contains("webhook, fed by relay", "do not apply");
  }

  @Test
  void help_listsTheCommands() {
    for (String word : List.of("help", "--help")) {
      Artefact.Ended ended = artefact.run(Map.of(), word);
      assertThat(ended.exitCode()).as(ended.output()).isZero();
      assertThat(ended.out()).contains("doctor ", "migrate ", "print-schema ");
    }
    Artefact.Ended unknown = artefact.run(Map.of(), "doctor", "now");
    assertThat(unknown.exitCode()).as(unknown.output()).isEqualTo(64);
    assertThat(unknown.errors()).contains("[doctor, now]", "print-schema");
    assertThat(unknown.out()).isEmpty();
  }
}
