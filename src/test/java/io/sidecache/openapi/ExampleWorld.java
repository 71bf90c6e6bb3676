/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.app.ApiProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.ArticleProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.source.webhook.Signed;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Brings about what an example presupposes, and fills in what no file can know. */
final class ExampleWorld implements AutoCloseable {
  private static final int TOO_MANY_NAMES = 10_001;
  private static final String ORDERS = "/v1/caches/orders/entries/";
  private static final String FILL = "Sidecache-Fill";

  private final List<CompletableFuture<Answer>> waiting = new ArrayList<>();
  private @Nullable Connection gate;

  /** A path in which every parameter has a value that exists. */
  String concrete(String template) {
    return template
        .replace("{cache}", "products")
        .replace("{key}", "42")
        .replace("{peer}", "search")
        .replace("{sender}", "billing");
  }

  /** The request's content: that of the example, but for what would fill pages. */
  String body(Exchange exchange) {
    return switch (exchange.id()) {
      case "putEntry/tooLarge" -> "x".repeat(ArticleProfile.ORDER_BYTES + 1);
      case "invalidateMany/tooManyNames" ->
          "{\"keys\":[" + "\"x\",".repeat(TOO_MANY_NAMES - 1) + "\"x\"]}";
      default -> exchange.content().map(Exchange.Content::text).orElse("");
    };
  }

  /** Makes the example's answer the right one; {@code fields} may be completed. */
  void prepare(Exchange exchange, Map<String, String> fields, String body) throws SQLException {
    String path = exchange.target().split("\\?", 2)[0];
    switch (exchange.id()) {
      case "getEntry/hit", "getEntry/reload", "getEntry/afterACommit", "headEntry/headHit" ->
          Sidecar.get(path).assertStatus(200);
      case "getEntry/unchanged" ->
          fields.put("If-None-Match", Sidecar.get(path).assertStatus(200).header("ETag"));
      case "getEntry/miss",
          "getEntry/onlyIfCached",
          "getEntry/lookAsideMiss",
          "headEntry/headMiss" ->
          Sidecar.delete(path + "?scope=local").assertStatus(204);
      case "getEntry/lookAsideHit", "deleteEntry/everywhere", "deleteEntry/here" -> {
        Sidecar.delete(path + "?scope=local");
        Sidecar.fill(path, "{\"note\":\"order 2\"}", "Content-Type", "application/json");
      }
      case "readEntries/lookAside" -> {
        Sidecar.delete("/v1/caches/orders/entries?scope=local").assertStatus(204);
        Sidecar.fill(
            ORDERS + "%5B%227%22%2C%222%22%5D",
            "{\"note\":\"order 2\"}",
            "Content-Type",
            "application/json",
            "Cache-Groups",
            "\"tenant-7\"");
      }
      case "getEntry/tooManyLoads" -> crowd();
      case "putEntry/created",
          "putEntry/withSnapshot",
          "putEntry/tooLarge",
          "putEntry/malformedGroups" ->
          fields.put(FILL, token(path));
      case "putEntry/replaced" -> {
        String token = token(path);
        fields.put(FILL, token);
        Sidecar.put(path, "old", FILL, token).assertStatus(201);
      }
      case "putEntry/overtaken" -> {
        fields.put(FILL, token(path));
        Sidecar.delete(path).assertStatus(204);
      }
      case "listDeadLetters/deadLetters", "headDeadLetters/deadLetters" -> {
        ArticleDatabase.database().execute("update products set price = price where id = 46");
        await()
            .atMost(Sidecar.LIMIT)
            .until(() -> !Sidecar.get(path).json().getJsonArray("deadLetters").isEmpty());
      }
      case "listWebhooks/peers", "replayDeadLetters/disabled" ->
          await()
              .atMost(Sidecar.LIMIT)
              .until(() -> Sidecar.get("/v1/webhooks").text().contains("\"state\":\"disabled\""));
      case "receiveWebhook/applied", "receiveWebhook/notUnderstood" -> sign(fields, body);
      case "receiveWebhook/untrusted" -> sign(fields, body + " ");
      default -> {}
    }
  }

  private static String token(String path) {
    Sidecar.delete(path + "?scope=local").assertStatus(204);
    return Sidecar.get(path).assertStatus(404).token();
  }

  private static void sign(Map<String, String> fields, String body) {
    Instant now = Instant.now();
    String id = fields.getOrDefault("webhook-id", "");
    fields.put("webhook-timestamp", Long.toString(now.getEpochSecond()));
    fields.put("webhook-signature", Signed.signature(ApiProfile.key(), id, now, body));
  }

  /** Loads that wait, until one that comes is one too many. */
  private void crowd() throws SQLException {
    Connection held = ArticleDatabase.database().dataSource().getConnection();
    gate = held;
    try (Statement statement = held.createStatement()) {
      statement.execute("select pg_advisory_lock(" + ArticleProfile.GATE + ")");
    }
    await()
        .atMost(Sidecar.LIMIT)
        .until(
            () -> {
              waiting.add(Sidecar.getAsync("/v1/caches/gated/entries/w" + waiting.size()));
              return waiting.stream().anyMatch(one -> one.isDone() && one.join().status() == 429);
            });
  }

  @Override
  public void close() {
    Connection held = gate;
    gate = null;
    if (held != null) {
      try {
        held.close(); // which gives the lock back
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
      waiting.forEach(one -> assertThat(one.join().status()).isIn(200, 429));
      waiting.clear();
    }
  }
}
