/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.TracingProfile;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of docs/metrics.md and what a sidecar with everything in it exposes. */
@QuarkusTest
@TestProfile(TracingProfile.class)
final class MetricsTableTest {
  private static final Path TABLE = Path.of("docs/metrics.md");

  /** Whose values are configured. */
  private static final Set<String> NAMES = Set.of("cache", "peer", "sender");

  private static final Pattern QUOTED = Pattern.compile("`([^`]+)`");
  private static final Pattern TYPE = Pattern.compile("# TYPE (sidecache_\\w+) (\\w+)");
  private static final Pattern SAMPLE = Pattern.compile("(sidecache_\\w+?)(?:\\{(.*)})? \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  /** The type, and the labels with those of their values that are fixed. */
  private record Series(String type, Map<String, Set<String>> labels) {
    Series(String type) {
      this(type, new TreeMap<>());
    }

    void label(String name, String value) {
      Set<String> values = labels.computeIfAbsent(name, n -> new TreeSet<>());
      if (!NAMES.contains(name)) {
        values.add(value);
      }
    }
  }

  private static Map<String, Series> documented() throws IOException {
    Map<String, Series> documented = new TreeMap<>();
    for (String line : Files.readAllLines(TABLE)) {
      if (!line.startsWith("| `sidecache_")) {
        continue;
      }
      String[] cells = line.split("\\|", -1);
      assertThat(cells).as(line).hasSize(8);
      assertThat(List.of(cells[3], cells[5]))
          .as("unit, meaning of " + line)
          .noneMatch(String::isBlank);
      Series series = new Series(cells[2].strip());
      for (String label : cells[4].split(";", -1)) {
        Matcher quoted = QUOTED.matcher(label);
        if (quoted.find()) {
          String name = quoted.group(1);
          series.labels().put(name, new TreeSet<>());
          while (quoted.find()) {
            series.label(name, quoted.group(1));
          }
        }
      }
      assertThat(documented.put(cells[1].replace("`", "").strip(), series)).as(line).isNull();
    }
    return documented;
  }

  private static Map<String, Series> exposed() {
    Map<String, Series> exposed = new TreeMap<>();
    String page = Sidecar.management("/metrics").assertStatus(200).text();
    page.lines()
        .map(TYPE::matcher)
        .filter(Matcher::matches)
        .forEach(
            type -> exposed.put(name(type.group(1), type.group(2)), new Series(type.group(2))));
    page.lines()
        .map(SAMPLE::matcher)
        .filter(Matcher::matches)
        .forEach(
            sample -> {
              String name = sample.group(1);
              String family =
                  exposed.containsKey(name) ? name : name.replaceAll("_(count|sum|max)$", "");
              Series series = Objects.requireNonNull(exposed.get(family), sample.group());
              String labels = sample.group(2);
              if (labels != null) {
                LABEL.matcher(labels).results().forEach(l -> series.label(l.group(1), l.group(2)));
              }
            });
    return exposed;
  }

  /** In OpenMetrics, which is what is answered, a counter's family is named without its suffix. */
  private static String name(String family, String type) {
    return type.equals("counter") && !family.endsWith("_total") ? family + "_total" : family;
  }

  @Test
  void table_listsWhatIsExposed_andNothingElse() throws IOException {
    Sidecar.awaitFresh();
    assertThat(documented()).hasSizeGreaterThan(40).isEqualTo(exposed());
  }

  /** What alerts and the dashboard for Kubernetes ask for. */
  @Test
  void metrics_thatTheManifestsName_areThere() throws IOException {
    String page = Sidecar.management("/metrics").assertStatus(200).text();
    for (String file : List.of("alerts.yaml", "dashboard.json")) {
      Set<String> names =
          Pattern.compile("sidecache_(source|pipeline|cache|webhook|stream|tracing)(_[a-z]+)+")
              .matcher(Files.readString(Path.of("k8s/monitoring", file)))
              .results()
              .map(MatchResult::group)
              .collect(Collectors.toSet());
      assertThat(names)
          .as(file)
          .isNotEmpty()
          .allSatisfy(n -> assertThat(page).containsPattern(n + "[{ ]"));
    }
  }

  @Test
  void figures_ofPeers_areTheSameInApiAndMetrics() {
    Sidecar.awaitFresh();
    Map<String, String> meters =
        Map.ofEntries(
            Map.entry("queued", "queued{peer=\"%s\"}"),
            Map.entry("delivered", "events_total{peer=\"%s\",result=\"delivered\"}"),
            Map.entry("covered", "events_total{peer=\"%s\",result=\"covered\"}"),
            Map.entry("discarded", "events_total{peer=\"%s\",result=\"discarded\"}"),
            Map.entry("batches", "batches_total{peer=\"%s\"}"),
            Map.entry("resets", "resets_total{peer=\"%s\"}"),
            Map.entry("failures", "failures_total{peer=\"%s\"}"),
            Map.entry("consecutiveFailures", "failing{peer=\"%s\"}"),
            Map.entry("overflows", "overflows_total{peer=\"%s\"}"),
            Map.entry("deadLetters", "dead_letters{peer=\"%s\"}"),
            Map.entry("deadLettersDropped", "dead_letters_dropped_total{peer=\"%s\"}"));
    // One that answers, and one that never does and is tried all the time.
    for (String peer : List.of("search", "distrusted")) {
      await()
          .atMost(Sidecar.LIMIT)
          .untilAsserted(
              () -> {
                JsonObject before = peer(peer);
                String page = Sidecar.management("/metrics").text();
                JsonObject after = peer(peer);
                Set<String> figures = new TreeSet<>(after.fieldNames());
                figures.removeIf(name -> !(after.getValue(name) instanceof Number));
                figures.remove("queueCapacity");
                assertThat(meters.keySet()).isEqualTo(figures);
                meters.forEach(
                    (figure, meter) ->
                        assertThat(value(page, meter.formatted(peer)))
                            .as("%s of %s", figure, peer)
                            .isBetween(before.getDouble(figure), after.getDouble(figure)));
                assertThat(value(page, "open{peer=\"" + peer + "\"}"))
                    .isEqualTo("open".equals(after.getString("state")) ? 1 : 0);
                assertThat(value(page, "disabled{peer=\"" + peer + "\"}"))
                    .isEqualTo("disabled".equals(after.getString("state")) ? 1 : 0);
                assertThat(value(page, "reset_owed{peer=\"" + peer + "\"}"))
                    .isEqualTo(after.getBoolean("resetOwed") ? 1 : 0);
                double told = value(page, "last_success_seconds{peer=\"" + peer + "\"}");
                assertThat(Double.isNaN(told)).isEqualTo(after.getString("lastSuccess") == null);
              });
    }
  }

  /** A peer that fails is no reason to restart a sidecar, nor to take its application away. */
  @Test
  void health_withAPeerThatFails_isUpAndSaysSo() {
    Sidecar.awaitFresh();
    await().atMost(Sidecar.LIMIT).until(() -> "open".equals(peer("distrusted").getString("state")));
    JsonObject all = Sidecar.management("/health").assertStatus(200).json();
    assertThat(all.getString("status")).isEqualTo("UP");
    JsonObject webhooks =
        all.getJsonArray("checks").stream()
            .map(JsonObject.class::cast)
            .filter(check -> check.getString("name").equals("webhooks"))
            .findFirst()
            .orElseThrow();
    assertThat(webhooks.getString("status")).isEqualTo("UP");
    assertThat(webhooks.getJsonObject("data").getString("distrusted"))
        .contains("OPEN", "queued", "last failure: the TLS certificate is not trusted");
    assertThat(webhooks.getJsonObject("data").fieldNames())
        .containsExactlyInAnyOrder("search", "moody", "secure", "distrusted");
    for (String kind : List.of("live", "ready", "started")) {
      assertThat(Sidecar.health(kind).getString("status")).as(kind).isEqualTo("UP");
    }
  }

  private static JsonObject peer(String name) {
    JsonArray peers = Sidecar.get("/v1/webhooks").assertStatus(200).json().getJsonArray("webhooks");
    return peers.stream()
        .map(JsonObject.class::cast)
        .filter(peer -> peer.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static double value(String page, String meter) {
    return page.lines()
        .filter(line -> line.startsWith("sidecache_webhook_" + meter + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .findFirst()
        .orElseThrow(() -> new AssertionError(meter));
  }
}
