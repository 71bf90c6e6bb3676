/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sidecache.openapi.ApiDescription.Operation;
import io.sidecache.openapi.ApiDescription.PathItem;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compares one answer with what the committed OpenAPI file says of it. */
public final class AnswerCheck {
  /** Fields of HTTP itself, which need no description. */
  private static final Set<String> COMMON =
      Set.of("connection", "content-length", "content-type", "date", "transfer-encoding");

  /** What may come before it is known which resource is meant, or that there is one. */
  private static final Set<Integer> BEFORE_ROUTING = Set.of(400, 401, 404);

  /** What any request may be answered that comes from where it should not. */
  private static final Map<Integer, String> OF_STRANGERS =
      Map.of(403, "urn:sidecache:cross-site", 421, "urn:sidecache:misdirected");

  private static final String PROBLEM = "application/problem+json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ApiDescription description = ApiDescription.committed();
  private final String method;
  private final int status;
  private final HttpHeaders headers;
  private final String body;
  private final List<String> violations = new ArrayList<>();

  private AnswerCheck(String method, int status, HttpHeaders headers, String body) {
    this.method = method;
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /** Fails where the file does not say that the answer is possible. */
  public static void check(
      String method, String target, int status, HttpHeaders headers, String body) {
    assertThat(violations(method, target, status, headers, body))
        .as(
            "what openapi.yaml does not say of %s %s: %d %s %s",
            method, target, status, headers.map(), body)
        .isEmpty();
  }

  static List<String> violations(
      String method, String target, int status, HttpHeaders headers, String body) {
    AnswerCheck check = new AnswerCheck(method, status, headers, body);
    check.look(target.split("\\?", 2)[0]);
    return check.violations;
  }

  private void look(String path) {
    List<PathItem> items = description.find(path);
    Optional<Operation> operation =
        items.stream()
            .flatMap(item -> item.operations().stream())
            .filter(one -> one.method().equals(method))
            .findFirst();
    if (OF_STRANGERS.containsKey(status)) {
      problem();
      expect(
          body.contains(OF_STRANGERS.getOrDefault(status, "")), "the status is of another problem");
    } else if (operation.isPresent()) {
      answer(description.response(operation.get(), status));
    } else if (status == 405 && !items.isEmpty()) {
      expect(
          items.stream().map(PathItem::methods).anyMatch(allowed()::equals),
          "Allow is " + allowed() + ", which is not what is described");
      problem();
    } else if (!items.isEmpty() || path.startsWith("/v1/")) {
      expect(BEFORE_ROUTING.contains(status), "no such operation is described");
      problem();
    }
  }

  private Set<String> allowed() {
    return new TreeSet<>(List.of(field("allow").split(", ", -1)));
  }

  private void answer(JsonNode response) {
    if (!response.isObject()) {
      violations.add("no such status is described");
      return;
    }
    fields(response.path("headers"));
    JsonNode content = response.path("content");
    if (content.isEmpty()) {
      expect(body.isEmpty(), "no content is described");
    } else {
      String type = field("content-type");
      JsonNode media = media(content, type);
      if (media.isObject()) {
        content(type, media.path("schema"));
      } else {
        violations.add("the media type " + type + " is not described");
      }
    }
  }

  private static JsonNode media(JsonNode content, String type) {
    String bare = type.split(";", 2)[0].strip();
    return content.has(bare) ? content.path(bare) : content.path("*/*");
  }

  private void content(String type, JsonNode schema) {
    if (method.equals("HEAD")) {
      expect(body.isEmpty(), "an answer to HEAD has no content");
    } else if (type.equals(PROBLEM) || (type.equals("application/json") && !schema.isEmpty())) {
      JsonNode value = json();
      violations.addAll(description.violations(schema, value));
      expect(!type.equals(PROBLEM) || value.path("status").asInt() == status, "status differs");
    }
  }

  /** A problem that belongs to no operation. */
  private void problem() {
    JsonNode content = JSON.createObjectNode();
    expect(field("content-type").equals(PROBLEM), "it is no problem");
    if (!method.equals("HEAD")) {
      content = json();
      JsonNode schema = description.root().at("/components/schemas/Problem");
      violations.addAll(description.violations(schema, content));
    }
  }

  private JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (JsonProcessingException e) {
      violations.add("the content is no JSON");
      return JSON.createObjectNode();
    }
  }

  private void fields(JsonNode described) {
    Map<String, JsonNode> byName = new TreeMap<>();
    described
        .properties()
        .forEach(
            one ->
                byName.put(
                    one.getKey().toLowerCase(Locale.ROOT), description.resolve(one.getValue())));
    byName.forEach(
        (name, field) -> {
          Optional<String> value = headers.firstValue(name);
          if (value.isPresent()) {
            description
                .violations(field.path("schema"), scalar(field, value.get()))
                .forEach(violation -> violations.add(name + violation));
          } else {
            expect(!field.path("required").asBoolean(), name + " is missing");
          }
        });
    for (String name : headers.map().keySet()) {
      String lower = name.toLowerCase(Locale.ROOT);
      expect(COMMON.contains(lower) || byName.containsKey(lower), name + " is not described");
    }
  }

  private JsonNode scalar(JsonNode field, String value) {
    boolean isNumber = field.path("schema").path("type").asText().equals("integer");
    return isNumber && value.matches("-?\\d{1,18}")
        ? LongNode.valueOf(Long.parseLong(value))
        : TextNode.valueOf(value);
  }

  private String field(String name) {
    return headers.firstValue(name).orElse("");
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      violations.add(otherwise);
    }
  }
}
