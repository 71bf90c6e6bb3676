/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.sidecache.testing.SpanCollector;
import io.sidecache.testing.TestPostgres;
import io.sidecache.testing.WebhookReceiver;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What is shipped, with traces and JSON logs switched on, and as it is. */
final class SwitchesIT {
  private static final String TEXT =
      "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\S+ (INFO|WARN|ERROR) +\\[[\\w.$]+] .+";

  private static Map<String, String> settings(WebhookReceiver peer) {
    Map<String, String> settings = new LinkedHashMap<>();
    // A peer is told its first reset when the listener has caught up.
    settings.put(
        "quarkus.datasource.jdbc.url", TestPostgres.shared().createDatabase("switches").url());
    settings.put("quarkus.datasource.username", TestPostgres.Database.USER);
    settings.put("sidecache.caches.items.maximum-size", "1000");
    settings.put("sidecache.webhooks.search.url", peer.url().toString());
    settings.put("sidecache.webhooks.search.secret", WebhookPeers.SECRET);
    return settings;
  }

  private static WebhookReceiver peer() throws IOException {
    return WebhookReceiver.start(request -> WebhookReceiver.status(204));
  }

  @Test
  void traces_switchedOn_areDelivered_andLogsAreJson() throws IOException {
    try (WebhookReceiver peer = peer();
        SpanCollector collector = SpanCollector.start()) {
      Map<String, String> settings = settings(peer);
      settings.put("sidecache.tracing.endpoint", collector.url().toString());
      settings.put("quarkus.log.console.json.enabled", "true");
      try (RunningSidecar sidecar = RunningSidecar.start(RunningSidecar.freePort(), settings)) {
        await()
            .atMost(RunningSidecar.LIMIT)
            .untilAsserted(() -> assertThat(collector.spans()).isNotEmpty());
        SpanCollector.Seen span = collector.spans().getFirst();
        assertThat(span.name()).isEqualTo("sidecache webhook");
        assertThat(span.attributes())
            .containsEntry("sidecache.peer", "search")
            .containsEntry("http.response.status_code", "204");
        assertThat(peer.requests().getFirst().header("traceparent"))
            .isEqualTo("00-" + span.trace() + "-" + span.id() + "-01");
        sidecar.signal("TERM");
        sidecar.awaitEnd();
        assertThat(lines(sidecar)).hasSizeGreaterThan(3).allSatisfy(SwitchesIT::assertJson);
        assertThat(sidecar.log()).contains("Listening on", "instance ", "stopped in");
      }
    }
  }

  private static void assertJson(String line) {
    JsonObject told = new JsonObject(line);
    assertThat(OffsetDateTime.parse(told.getString("timestamp"))).isNotNull();
    assertThat(told.getString("level")).isIn("INFO", "WARN", "ERROR");
    assertThat(told.getString("loggerName")).isNotBlank();
    assertThat(told.getString("message")).isNotBlank();
    assertThat(told.fieldNames())
        .isSubsetOf(
            "timestamp",
            "level",
            "loggerName",
            "message",
            "threadName",
            "threadId",
            "hostName",
            "stackTrace");
  }

  private static List<String> lines(RunningSidecar sidecar) {
    return sidecar.log().lines().filter(Predicate.not(String::isBlank)).toList();
  }

  @Test
  void switches_thatNobodyTouched_leaveTextAndLoadNothing() throws IOException {
    assumeFalse(Artefact.built().isNative()); // which loads no classes
    Path classes = Files.createTempFile("classes", ".log");
    try (WebhookReceiver peer = peer();
        RunningSidecar sidecar =
            RunningSidecar.start(
                RunningSidecar.freePort(),
                settings(peer),
                List.of("-Xlog:class+load:file=" + classes))) {
      await()
          .atMost(RunningSidecar.LIMIT)
          .untilAsserted(() -> assertThat(peer.requests()).isNotEmpty());
      assertThat(peer.requests().getFirst().headers()).doesNotContainKey("traceparent");
      sidecar.signal("TERM");
      sidecar.awaitEnd();
      // Vert.x tells of a busy machine, with a stack trace.
      assertThat(lines(sidecar)).noneMatch(line -> line.startsWith("{"));
      assertThat(lines(sidecar))
          .filteredOn(line -> line.contains("Listening on") || line.contains("instance "))
          .hasSize(2)
          .allSatisfy(line -> assertThat(line).matches(TEXT));
      assertThat(Files.readString(classes))
          .contains("io.sidecache.app.Tracing$Off")
          .doesNotContain(
              "io.opentelemetry.sdk", "io.opentelemetry.exporter", "io.sidecache.app.OtlpTracing");
    } finally {
      Files.delete(classes);
    }
  }
}
