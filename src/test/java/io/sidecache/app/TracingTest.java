/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.opentelemetry.proto.trace.v1.Span.SpanKind;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.testing.SpanCollector;
import io.sidecache.testing.SpanCollector.Seen;
import io.sidecache.testing.WebhookReceiver;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Loads and webhooks as a collector of traces sees them. */
@QuarkusTest
@TestProfile(TracingProfile.class)
final class TracingTest {
  private static final String PRODUCTS = "/v1/caches/products/entries/";
  private static final String PARENT = "00f067aa0ba902b7";

  private final SpanCollector collector = TracingProfile.Collector.running();

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
    collector.answer(200);
    WebhookPeers.answer("moody", 204);
  }

  /** A trace of its own for each test. */
  private static String trace(int number) {
    return String.format(Locale.ROOT, "4bf92f3577b34da6a3ce929d0e0e%04x", number);
  }

  private static String[] caller(int trace, String flags) {
    return new String[] {"traceparent", "00-" + trace(trace) + "-" + PARENT + "-" + flags};
  }

  private List<Seen> spans(Predicate<Seen> wanted) {
    return collector.spans().stream().filter(wanted).toList();
  }

  private Seen awaitSpan(Predicate<Seen> wanted) {
    await().atMost(Sidecar.LIMIT).until(() -> !spans(wanted).isEmpty());
    return spans(wanted).getFirst();
  }

  private static Predicate<Seen> of(int trace) {
    return span -> span.trace().equals(trace(trace));
  }

  @Test
  void load_ofARequestWithATrace_continuesIt_andAHitTellsNothing() {
    Sidecar.get(PRODUCTS + "41", caller(1, "01")).assertStatus(200);
    Sidecar.get(PRODUCTS + "41", caller(2, "01")).assertStatus(200);
    Sidecar.get(PRODUCTS + "999991", caller(3, "01")).assertStatus(404);

    Seen span = awaitSpan(of(1));
    awaitSpan(of(3)); // what ended before it has been told of, too

    assertThat(span.name()).isEqualTo("sidecache load");
    assertThat(span.parent()).isEqualTo(PARENT);
    assertThat(span.kind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
    assertThat(span.failed()).isFalse();
    assertThat(span.attributes())
        .isEqualTo(
            Map.of(
                "db.system.name", "postgresql",
                "sidecache.cache", "products",
                "sidecache.outcome", "found"));
    assertThat(span.of())
        .containsEntry("service.name", "sidecache")
        .containsEntry("service.instance.id", "side-1");
    assertThat(spans(of(1))).hasSize(1);
    assertThat(spans(of(2))).isEmpty();
    assertThat(spans(of(3)).getFirst().attributes()).containsEntry("sidecache.outcome", "absent");
  }

  @Test
  void load_afterAWaitForAPosition_continuesTheCallersTrace() {
    String position = ArticleDatabase.database().query("select pg_current_wal_insert_lsn()::text");
    Sidecar.get(
            PRODUCTS + "42",
            "traceparent",
            "00-" + trace(4) + "-" + PARENT + "-01",
            "Sidecache-After",
            position)
        .assertStatus(200);
    assertThat(awaitSpan(of(4)).parent()).isEqualTo(PARENT);
  }

  @Test
  void load_thatFails_tellsWhyAndNoKey() {
    Sidecar.get("/v1/caches/quoting/entries/canary-key", caller(5, "01"))
        .assertProblem(503, "load-failed");
    Seen span = awaitSpan(of(5));
    assertThat(span.failed()).isTrue();
    assertThat(span.attributes())
        .containsEntry("sidecache.cache", "quoting")
        .containsEntry("sidecache.outcome", "failed");

    Sidecar.get(PRODUCTS + "canary-key", caller(6, "01")).assertProblem(400, "invalid-key");
    assertThat(awaitSpan(of(6)).attributes()).containsEntry("sidecache.outcome", "unfit-key");
  }

  @Test
  void load_ofACallerWhoseTraceIsNotKept_tellsNothing() {
    Sidecar.get(PRODUCTS + "43", caller(7, "00")).assertStatus(200);
    Sidecar.get(PRODUCTS + "44", caller(8, "01")).assertStatus(200);
    awaitSpan(of(8));
    assertThat(spans(of(7))).isEmpty();
  }

  @Test
  void load_ofARequestWithoutATrace_beginsOne() {
    Sidecar.get(PRODUCTS + "999992", "traceparent", "canary").assertStatus(404);
    awaitSpan(
        span ->
            span.name().equals("sidecache load")
                && span.parent().isEmpty()
                && "absent".equals(span.attributes().get("sidecache.outcome")));
  }

  @Test
  void webhook_isToldWithTheSpanThatTheRequestNames() {
    change(45);
    Seen span = awaitSpan(webhook("search", "204"));

    assertThat(span.parent()).isEmpty();
    assertThat(span.kind()).isEqualTo(SpanKind.SPAN_KIND_CLIENT);
    assertThat(span.failed()).isFalse();
    assertThat(span.attributes())
        .containsOnlyKeys(
            "sidecache.peer",
            "sidecache.attempt",
            "http.request.body.size",
            "http.response.status_code")
        .containsEntry("sidecache.attempt", "1");
    assertThat(WebhookPeers.receiver("search").requests())
        .filteredOn(
            request ->
                request
                    .header("traceparent")
                    .equals("00-" + span.trace() + "-" + span.id() + "-01"))
        .singleElement()
        .extracting(request -> Integer.toString(request.body().length()))
        .isEqualTo(span.attributes().get("http.request.body.size"));
  }

  @Test
  void webhook_thatIsRefused_tellsOfEachAttempt() {
    WebhookPeers.answer("moody", 500);
    change(46);
    Seen second =
        awaitSpan(
            webhook("moody", "500")
                .and(span -> "2".equals(span.attributes().get("sidecache.attempt"))));
    assertThat(second.failed()).isTrue();
    // Nobody answers at all.
    Seen none = awaitSpan(span -> "distrusted".equals(span.attributes().get("sidecache.peer")));
    assertThat(none.failed()).isTrue();
    assertThat(none.attributes()).doesNotContainKey("http.response.status_code");
  }

  @Test
  void secrets_keysAndPayloads_areInNoSpan() {
    ArticleDatabase.database().query("select sidecache.invalidate('orders', 'canary-key')::text");
    Sidecar.get("/v1/caches/quoting/entries/canary-key", "traceparent", "canary");
    Sidecar.get("/v1/caches/quoting/entries/canary-key", "tracestate", "canary=canary");
    await()
        .atMost(Sidecar.LIMIT)
        .until(
            () ->
                WebhookPeers.receiver("search").requests().stream()
                    .anyMatch(request -> request.body().contains("canary-key")));
    WebhookReceiver.Request told =
        WebhookPeers.receiver("search").requests().stream()
            .filter(request -> request.body().contains("canary-key"))
            .findFirst()
            .orElseThrow();
    String id = told.header("traceparent").substring(36, 52);
    awaitSpan(span -> span.id().equals(id));

    List<String> all =
        collector.messages().stream()
            .map(octets -> new String(octets, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT))
            .toList();
    assertThat(all)
        .hasSizeGreaterThan(1)
        .allSatisfy(
            text ->
                assertThat(text)
                    .doesNotContain(
                        "canary",
                        "whsec",
                        "select",
                        "jdbc",
                        "hooks/cache",
                        told.header("webhook-id").toLowerCase(Locale.ROOT)));
    assertThat(all).anyMatch(text -> text.contains("sidecache.peer"));
  }

  @Test
  void collector_thatDoesNotTakeSpans_isToldOfOnce() {
    try (LogCapture log = LogCapture.start()) {
      collector.answer(400);
      double lostBefore = spansCounted("lost");
      await()
          .atMost(Sidecar.LIMIT)
          .until(
              () -> {
                change(47);
                return spansCounted("lost") > lostBefore + 1;
              });
      collector.answer(200);
      double deliveredBefore = spansCounted("delivered");
      await()
          .atMost(Sidecar.LIMIT)
          .until(
              () -> {
                change(48);
                return spansCounted("delivered") > deliveredBefore;
              });
      List<String> told = log.lines().stream().filter(line -> line.contains("collector")).toList();
      assertThat(told).hasSize(2);
      assertThat(told.get(0)).contains("WARN", "did not take").doesNotContain("\tat ");
      assertThat(told.get(1)).contains("INFO", "takes traces again");
    }
  }

  private static Predicate<Seen> webhook(String peer, String status) {
    return span ->
        span.name().equals("sidecache webhook")
            && peer.equals(span.attributes().get("sidecache.peer"))
            && status.equals(span.attributes().get("http.response.status_code"));
  }

  private static void change(int product) {
    ArticleDatabase.database()
        .execute("update products set price = price + 1 where id = " + product);
  }

  private static double spansCounted(String result) {
    return Sidecar.management("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith("sidecache_tracing_spans_total{result=\"" + result))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
