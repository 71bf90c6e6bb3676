/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.openapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ApiPeers;
import io.sidecache.app.ApiProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.openapi.ApiDescription.PathItem;
import io.sidecache.testing.WebhookReceiver;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The examples of the committed description, executed; and what it does not describe is not served.
 */
@QuarkusTest
@TestProfile(ApiProfile.class)
final class OpenApiLiveTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> METHODS =
      List.of("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS");

  /** Answers of which the shape is the same each time, and the figures are not. */
  private static final Set<String> FIGURES =
      Set.of("listCaches", "getCache", "listWebhooks", "listDeadLetters", "readEntries");

  private final ApiDescription api = ApiDescription.committed();
  private final ExampleWorld world = new ExampleWorld();

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  @AfterEach
  void end() {
    world.close();
  }

  static Stream<Exchange> exchanges() {
    ApiDescription api = ApiDescription.committed();
    return api.operations().stream().flatMap(operation -> Exchange.of(api, operation).stream());
  }

  @ParameterizedTest
  @MethodSource("exchanges")
  void example_executed_isAnsweredAsDescribed(Exchange exchange) throws Exception {
    if (exchange.id().equals("readEvents/live")) {
      return; // it does not end; stream_read_isAsDescribed reads it
    }
    Map<String, String> fields = new HashMap<>(exchange.fields());
    String body = world.body(exchange);
    exchange.content().ifPresent(content -> fields.put("Content-Type", content.mediaType()));
    world.prepare(exchange, fields, body);

    Answer answer =
        Sidecar.send(
            exchange.operation().method(), exchange.target(), body(exchange, body), flat(fields));

    assertThat(answer.status()).as(answer.toString()).isEqualTo(exchange.status());
    exchange
        .answerFields()
        .forEach(
            (name, value) ->
                assertThat(timeless(answer.header(name))).as(name).isEqualTo(timeless(value)));
    if (exchange.answer().isPresent() && !exchange.operation().method().equals("HEAD")) {
      JsonNode given = JSON.readTree(answer.text());
      if (FIGURES.contains(exchange.operation().id()) && exchange.status() == 200) {
        // That nothing is there of which the file does not know, its schema has shown.
        assertThat(shape(given)).containsAll(shape(exchange.answer().get()));
      } else {
        // Read again from text, so that 63.0 of YAML and 63.00 of PostgreSQL are one number.
        assertThat(given).isEqualTo(JSON.readTree(exchange.answer().get().toString()));
      }
    }
  }

  /** How long an entry lives on depends on when one asks. */
  private static String timeless(String value) {
    return value.replaceAll("ttl=-?\\d+", "ttl=…");
  }

  private static BodyPublisher body(Exchange exchange, String body) {
    return exchange.content().isPresent() ? BodyPublishers.ofString(body) : BodyPublishers.noBody();
  }

  private static String[] flat(Map<String, String> fields) {
    List<String> flat = new ArrayList<>();
    fields.forEach((name, value) -> flat.addAll(List.of(name, value)));
    return flat.toArray(new String[0]);
  }

  /** Members and kinds; of a list, those of all its elements. */
  private static Set<String> shape(JsonNode node) {
    Set<String> shape = new TreeSet<>();
    if (node.isContainerNode()) {
      node.properties()
          .forEach(one -> shape(one.getValue()).forEach(s -> shape.add(one.getKey() + "." + s)));
      if (node.isArray()) {
        shape.add("[]");
        node.forEach(one -> shape(one).forEach(s -> shape.add("[]." + s)));
      }
    } else {
      shape.add(node.getNodeType().toString());
    }
    return shape;
  }

  @Test
  void method_thatIsNotDescribed_isNotAllowed() {
    for (PathItem path : api.paths()) {
      String target = world.concrete(path.template());
      Set<String> served = new TreeSet<>();
      api.find(target).forEach(one -> served.addAll(one.methods()));
      for (String method : METHODS) {
        if (!served.contains(method)) {
          Answer answer = Sidecar.send(method, target, BodyPublishers.noBody());
          assertThat(answer.status()).as("%s %s: %s", method, target, answer).isEqualTo(405);
        }
      }
    }
  }

  @Test
  void path_thatIsNotDescribed_isNotFound() {
    Set<String> targets = new TreeSet<>();
    for (PathItem path : api.paths()) {
      String target = world.concrete(path.template());
      if (target.equals("/")) {
        continue;
      }
      targets.add(target + "/more");
      targets.add(target + "-not");
      for (int slash = target.indexOf('/', 1); slash > 0; slash = target.indexOf('/', slash + 1)) {
        targets.add(target.substring(0, slash));
      }
    }
    targets.removeIf(target -> !api.find(target).isEmpty());
    targets.removeIf(target -> target.matches("/v1/caches/[^/]+/entries/.*")); // a malformed key
    assertThat(targets).hasSizeGreaterThan(5);
    for (String target : targets) {
      String type = Sidecar.get(target).assertStatus(404).json().getString("type");
      assertThat(type).as(target).isIn("urn:sidecache:not-found", "urn:sidecache:unknown-sender");
    }
  }

  @Test
  void stream_read_isAsDescribed() throws Exception {
    boolean[] changed = new boolean[1];
    String read =
        Sidecar.rawUntil(
            "GET /v1/events?cache=products HTTP/1.1\r\nHost: sidecache\r\n\r\n",
            text -> {
              if (!changed[0] && text.contains("id: ")) {
                changed[0] = true;
                ArticleDatabase.database()
                    .execute("update products set price = price where id = 44");
              }
              return text.contains("\nevent: invalidated\n") && text.endsWith("}\n\n");
            });
    Answer answer = Sidecar.parse(read);
    AnswerCheck.check("GET", "/v1/events", answer.status(), answer.headers(), answer.text());
    String data =
        read.substring(read.indexOf("\ndata: ") + "\ndata: ".length())
            .lines()
            .findFirst()
            .orElse("");
    JsonNode event = JSON.readTree(data);
    assertThat(api.violations(api.root().at("/components/schemas/Event"), event)).isEmpty();
    assertThat(event.path("key").asText()).isEqualTo("44");
    String example =
        api.operations().stream()
            .filter(one -> one.id().equals("readEvents"))
            .flatMap(one -> Exchange.of(api, one).stream())
            .filter(one -> one.name().equals("live"))
            .flatMap(one -> one.answer().stream())
            .map(JsonNode::asText)
            .findFirst()
            .orElseThrow();
    assertThat(fieldNames(read.substring(read.indexOf("\r\n\r\n"))))
        .containsAll(fieldNames(example));
  }

  /** What the lines of a stream begin with. */
  private static Set<String> fieldNames(String stream) {
    Set<String> names = new TreeSet<>();
    stream
        .lines()
        .filter(line -> line.contains(": "))
        .forEach(line -> names.add(line.substring(0, line.indexOf(':'))));
    return names;
  }

  @Test
  void peer_told_isToldAsDescribed() throws JsonProcessingException {
    ArticleDatabase.database().execute("update products set price = price where id = 45");
    await()
        .atMost(Sidecar.LIMIT)
        .until(() -> ApiPeers.requests().stream().anyMatch(one -> one.body().contains("\"45\"")));
    JsonNode described = api.root().at("/webhooks/evicted/post");
    for (WebhookReceiver.Request request : ApiPeers.requests()) {
      for (JsonNode field : described.path("parameters")) {
        String value = request.header(field.path("name").asText());
        assertThat(api.violations(field.path("schema"), JSON.valueToTree(value)))
            .as(field.toString())
            .isEmpty();
      }
      JsonNode schema =
          described
              .path("requestBody")
              .path("content")
              .path(request.header("content-type"))
              .path("schema");
      assertThat(api.violations(schema, JSON.readTree(request.body())))
          .as(request.body())
          .isEmpty();
    }
  }
}
