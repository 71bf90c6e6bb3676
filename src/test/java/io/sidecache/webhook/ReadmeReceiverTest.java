/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The receiver in the README runs as it stands there, and verifies what we sign. */
final class ReadmeReceiverTest {
  private static final byte[] SECRET =
      "01234567890123456789012345678901".getBytes(StandardCharsets.UTF_8);
  private static final String BODY =
      "[{\"type\":\"io.sidecache.invalidated\",\"data\":{\"cache\":\"products\",\"key\":\"42\"}},"
          + "{\"type\":\"io.sidecache.reset\",\"data\":{\"everything\":true}}]";

  @TempDir Path directory;

  @Test
  void receiverOfTheReadme_goodAndBadSignatures_areToldApart() throws Exception {
    Path script = directory.resolve("receiver.py");
    Files.writeString(script, script(Files.readString(Path.of("README.md"))));
    Process python = start(script);
    try (BufferedReader said = python.inputReader()) {
      String first = String.valueOf(said.readLine());
      assertThat(first).startsWith("listening on ");
      URI url = URI.create("http://" + first.substring("listening on ".length()) + "/");
      long now = Instant.now().getEpochSecond();
      byte[] body = BODY.getBytes(StandardCharsets.UTF_8);
      Signer rotating = new Signer(List.of(new byte[32], SECRET));

      assertThat(post(url, now, rotating.sign("msg_1", now, body))).isEqualTo(204);
      assertThat(said.readLine()).contains("forget products", "42");
      assertThat(said.readLine()).contains("forget everything");
      assertThat(post(url, now, new Signer(List.of(new byte[32])).sign("msg_1", now, body)))
          .isEqualTo(401);
      assertThat(post(url, now - 301, rotating.sign("msg_1", now - 301, body))).isEqualTo(401);
      assertThat(post(url, now, "v1,")).isEqualTo(401);
    } finally {
      python.destroyForcibly().waitFor();
    }
  }

  private static String script(String readme) {
    int start =
        readme.indexOf("```python\n", readme.indexOf("\n## Webhooks\n")) + "```python\n".length();
    return readme.substring(start, readme.indexOf("```", start));
  }

  private static Process start(Path script) {
    ProcessBuilder builder = new ProcessBuilder("python3", "-u", script.toString(), "0");
    builder
        .environment()
        .put("WEBHOOK_SECRET", "whsec_" + Base64.getEncoder().encodeToString(SECRET));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      return builder.start();
    } catch (IOException e) {
      if (System.getenv("CI") != null) {
        return fail("python3 is needed for this test", e);
      }
      return abort("python3 is not installed");
    }
  }

  private static int post(URI url, long timestamp, String signature) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              HttpRequest.newBuilder(url)
                  .header("webhook-id", "msg_1")
                  .header("webhook-timestamp", Long.toString(timestamp))
                  .header("webhook-signature", signature)
                  .POST(HttpRequest.BodyPublishers.ofString(BODY))
                  .build(),
              BodyHandlers.discarding())
          .statusCode();
    }
  }
}
