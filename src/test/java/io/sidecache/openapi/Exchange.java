/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import io.sidecache.openapi.ApiDescription.Operation;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A request and the answer to it, as examples of one name in the file make them up.
 *
 * @param target path and query, percent-encoded
 * @param fields the request's header fields
 * @param content the request's content
 * @param status the answer's status
 * @param answerFields the answer's header fields of which there is an example
 * @param answer the answer's content, where there is an example
 */
record Exchange(
    Operation operation,
    String name,
    String target,
    Map<String, String> fields,
    Optional<Content> content,
    int status,
    Map<String, String> answerFields,
    Optional<JsonNode> answer) {

  /** What a request carries. */
  record Content(String mediaType, JsonNode value) {
    /** The bytes' text: a string stands for itself. */
    String text() {
      return value.isTextual() ? value.asText() : value.toString();
    }
  }

  String id() {
    return operation.id() + "/" + name;
  }

  @Override
  public String toString() {
    return id();
  }

  /** All of an operation. */
  static List<Exchange> of(ApiDescription api, Operation operation) {
    List<Exchange> exchanges = new ArrayList<>();
    operation
        .node()
        .path("responses")
        .properties()
        .forEach(
            one -> {
              JsonNode response = api.resolve(one.getValue());
              for (String name : names(api, response)) {
                exchanges.add(of(api, operation, name, Integer.parseInt(one.getKey()), response));
              }
            });
    return exchanges;
  }

  private static Set<String> names(ApiDescription api, JsonNode response) {
    Set<String> names = new TreeSet<>();
    response.path("x-microcks-refs").forEach(name -> names.add(name.asText()));
    response
        .path("headers")
        .forEach(
            field -> api.resolve(field).path("examples").fieldNames().forEachRemaining(names::add));
    response
        .path("content")
        .forEach(media -> media.path("examples").fieldNames().forEachRemaining(names::add));
    return names;
  }

  private static Exchange of(
      ApiDescription api, Operation operation, String name, int status, JsonNode response) {
    String path = operation.template();
    List<String> query = new ArrayList<>();
    Map<String, String> fields = new LinkedHashMap<>();
    for (JsonNode parameter : operation.parameters()) {
      JsonNode value = parameter.path("examples").path(name).path("value");
      String key = parameter.path("name").asText();
      if (!value.isMissingNode()) {
        switch (parameter.path("in").asText()) {
          case "path" -> path = path.replace("{" + key + "}", encoded(value.asText()));
          case "query" ->
              (value.isArray() ? value : List.of(value))
                  .forEach(one -> query.add(key + "=" + encoded(one.asText())));
          case "header" -> fields.put(key, value.asText());
          default -> throw new IllegalArgumentException(key);
        }
      }
    }
    Map<String, String> answerFields = new LinkedHashMap<>();
    response
        .path("headers")
        .properties()
        .forEach(
            field -> {
              JsonNode example = api.resolve(field.getValue()).path("examples").path(name);
              if (example.has("value")) {
                answerFields.put(field.getKey(), example.path("value").asText());
              }
            });
    return new Exchange(
        operation,
        name,
        query.isEmpty() ? path : path + "?" + String.join("&", query),
        Map.copyOf(fields),
        example(operation.node().path("requestBody"), name),
        status,
        Map.copyOf(answerFields),
        example(response, name).map(Content::value));
  }

  private static Optional<Content> example(JsonNode node, String name) {
    for (Map.Entry<String, JsonNode> media : node.path("content").properties()) {
      JsonNode example = media.getValue().path("examples").path(name);
      if (example.has("value")) {
        return Optional.of(new Content(media.getKey(), example.path("value")));
      }
    }
    return Optional.empty();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
