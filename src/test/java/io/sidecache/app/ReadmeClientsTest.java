/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.WebhookReceiver;
import io.sidecache.testing.WebhookReceiver.Reply;
import io.sidecache.testing.WebhookReceiver.Request;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The clients in the README run as they stand there. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class ReadmeClientsTest {
  private static final String ENTRIES = "/v1/caches/orders/entries/";
  private static final int LIMIT_SECONDS = 120;

  @TempDir Path directory;

  /** Each with its code block in the README, a file, and what runs it. */
  enum Client {
    CURL("sh", "read.sh"),
    JAVA("java", "Orders.java"),
    PYTHON("python", "read.py"),
    NODE("js", "read.mjs"),
    GO("go", "read.go");

    private final String language;
    private final String file;

    Client(String language, String file) {
      this.language = language;
      this.file = file;
    }

    private List<String> runtime() {
      return switch (this) {
        case CURL -> List.of("sh");
        case JAVA -> List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        case PYTHON -> List.of("python3");
        case NODE -> List.of("node");
        case GO -> List.of("go", "run");
      };
    }
  }

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
    Sidecar.delete("/v1/caches/orders/entries").assertStatus(204);
  }

  @ParameterizedTest
  @EnumSource
  void miss_ofARow_isReadFromTheDatabaseAndFilled(Client client) throws Exception {
    // The shell has nothing that encodes a key.
    String key = client == Client.CURL ? "1" : "1 a/b";
    assertThat(run(client, Sidecar.uri("").toString(), key, "2"))
        .containsExactly(fromDatabase(key), fromDatabase("2"));

    String encoded = key.replace(" ", "%20").replace("/", "%2F");
    Answer filled = Sidecar.get(ENTRIES + encoded).assertStatus(200);
    assertThat(filled.text()).isEqualTo(fromDatabase(key));
    assertThat(filled.header("Content-Type")).isEqualTo("application/json");
  }

  @ParameterizedTest
  @EnumSource
  void hit_isReadFromTheSidecar(Client client) throws Exception {
    Sidecar.fill(ENTRIES + "3", "in memory");
    assertThat(run(client, Sidecar.uri("").toString(), "3")).containsExactly("in memory");
  }

  @ParameterizedTest
  @EnumSource
  void sidecarAway_isDoneWithout(Client client) throws Exception {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    assertThat(run(client, "http://127.0.0.1:" + port, "4")).containsExactly(fromDatabase("4"));
  }

  @ParameterizedTest
  @EnumSource
  void troubleOfTheSidecar_isTheSidecarsAlone(Client client) throws Exception {
    try (WebhookReceiver sidecar = WebhookReceiver.start(ReadmeClientsTest::troubled)) {
      String base = "http://127.0.0.1:" + sidecar.url().getPort();
      assertThat(run(client, base, "refused", "busy", "misconfigured", "absent", "hanging"))
          .containsExactly(
              fromDatabase("refused"),
              fromDatabase("busy"),
              fromDatabase("misconfigured"),
              "no such row",
              fromDatabase("hanging"));
      List<Request> fills =
          sidecar.requests().stream().filter(one -> one.line().startsWith("PUT ")).toList();
      assertThat(fills).extracting(Request::body).containsExactly(fromDatabase("refused"));
      assertThat(fills.getFirst().header("sidecache-fill")).isEqualTo("a-token");
      assertThat(fills.getFirst().header("content-type")).isEqualTo("application/json");
    }
  }

  /** What a sidecar answers on a bad day, by the key. */
  private static Reply troubled(Request request) {
    String[] line = request.line().split(" ", -1);
    return switch (line[1].substring(line[1].lastIndexOf('/') + 1)) {
      case "refused" ->
          line[0].equals("PUT")
              ? WebhookReceiver.status(412)
              : WebhookReceiver.status(404, "Sidecache-Fill: a-token");
      case "busy" -> WebhookReceiver.status(429, "Retry-After: 1");
      case "misconfigured" -> problem("unknown-cache");
      case "absent" -> problem("row-absent");
      default -> new Reply.Hang();
    };
  }

  private static Reply problem(String name) {
    return new Reply.Status(404, List.of(), "{\"type\":\"urn:sidecache:" + name + "\"}");
  }

  private static String fromDatabase(String key) {
    return "{\"id\":\"" + key + "\",\"from\":\"the database\"}";
  }

  private List<String> run(Client client, String url, String... keys) throws Exception {
    Path file = directory.resolve(client.file);
    Files.writeString(file, code(client.language));
    List<String> command = new ArrayList<>(client.runtime());
    command.add(file.toString());
    command.addAll(List.of(keys));
    Path errors = directory.resolve("errors.txt");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().put("SIDECACHE_URL", url);
    builder.environment().put("GOCACHE", Path.of("target", "go").toAbsolutePath().toString());
    Process process = start(builder, client);
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
      return said.lines().toList();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static Process start(ProcessBuilder builder, Client client) {
    try {
      return builder.start();
    } catch (IOException e) {
      if (System.getenv("CI") != null) {
        return fail(client + " is needed for this test", e);
      }
      return abort(client + " is not installed");
    }
  }

  private static String code(String language) throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    String fence = "```" + language + "\n";
    int start =
        readme.indexOf(fence, readme.indexOf("\n## In your application\n")) + fence.length();
    return readme.substring(start, readme.indexOf("\n```\n", start) + 1);
  }
}
