/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The committed OpenAPI file. Safe from any thread. */
final class ApiDescription {
  private static final Path FILE = Path.of("src/main/resources/META-INF/openapi.yaml");
  private static final Set<String> METHODS =
      Set.of("get", "head", "put", "post", "delete", "patch", "options", "trace");
  private static final Pattern PARAMETER = Pattern.compile("\\{[^}]+}");
  private static final String COMPONENTS = "#/components/schemas/";
  private static final String DEFINITIONS = "https://sidecache.invalid/schemas";
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final ApiDescription COMMITTED = read();

  private final JsonNode root;
  private final List<PathItem> paths;
  private final SchemaRegistry registry;
  private final Map<JsonNode, Schema> schemas = new ConcurrentHashMap<>();

  /** One path with its operations. */
  record PathItem(String template, Pattern pattern, List<Operation> operations) {
    Set<String> methods() {
      return operations.stream()
          .map(Operation::method)
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /** One method of one path; {@code parameters} are those of the path too. */
  record Operation(
      String id, String method, String template, List<JsonNode> parameters, JsonNode node) {
    @Override
    public String toString() {
      return method + " " + template;
    }
  }

  private ApiDescription(JsonNode root) {
    this.root = root;
    this.registry = registry(root.path("components").path("schemas"));
    List<PathItem> read = new ArrayList<>();
    root.path("paths").properties().forEach(one -> read.add(item(one.getKey(), one.getValue())));
    // What is written out goes before what is a parameter (OpenAPI 3.1.0, section 4.8.8.2).
    read.sort(Comparator.comparingInt(one -> PARAMETER.split(one.template(), -1).length));
    this.paths = List.copyOf(read);
  }

  static ApiDescription committed() {
    return COMMITTED;
  }

  private static ApiDescription read() {
    try {
      return new ApiDescription(YAML.readTree(FILE.toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private PathItem item(String template, JsonNode node) {
    String pattern = PARAMETER.matcher(Pattern.quote(template)).replaceAll("\\\\E[^/]+\\\\Q");
    List<Operation> operations = new ArrayList<>();
    node.properties()
        .forEach(
            one -> {
              if (METHODS.contains(one.getKey())) {
                operations.add(operation(template, one.getKey(), node, one.getValue()));
              }
            });
    return new PathItem(template, Pattern.compile(pattern), List.copyOf(operations));
  }

  private Operation operation(String template, String method, JsonNode path, JsonNode node) {
    List<JsonNode> parameters = new ArrayList<>();
    node.path("parameters").forEach(one -> parameters.add(resolve(one)));
    path.path("parameters")
        .forEach(
            one -> {
              JsonNode parameter = resolve(one);
              if (parameters.stream()
                  .noneMatch(own -> own.path("name").equals(parameter.path("name")))) {
                parameters.add(parameter);
              }
            });
    return new Operation(
        node.path("operationId").asText(),
        method.toUpperCase(Locale.ROOT),
        template,
        List.copyOf(parameters),
        node);
  }

  JsonNode root() {
    return root;
  }

  List<PathItem> paths() {
    return paths;
  }

  List<Operation> operations() {
    return paths.stream().flatMap(path -> path.operations().stream()).toList();
  }

  /** The paths that a request's path is one of, the one that says so most plainly first. */
  List<PathItem> find(String path) {
    return paths.stream().filter(one -> one.pattern().matcher(path).matches()).toList();
  }

  /** What a reference stands for, or the node itself. */
  JsonNode resolve(JsonNode node) {
    JsonNode reference = node.path("$ref");
    if (!reference.isTextual()) {
      return node;
    }
    JsonNode target = root.at(reference.asText().substring(1));
    if (target instanceof MissingNode) {
      throw new IllegalArgumentException("nothing stands at " + reference.asText());
    }
    return resolve(target);
  }

  JsonNode response(Operation operation, int status) {
    return resolve(operation.node().path("responses").path(Integer.toString(status)));
  }

  /** What of a value breaks a schema of the file. */
  List<String> violations(JsonNode schema, JsonNode value) {
    return schemas.computeIfAbsent(schema, this::compile).validate(value).stream()
        .map(Error::toString)
        .toList();
  }

  /** The named schemas as a document of their own, which all others refer to. */
  private static SchemaRegistry registry(JsonNode schemas) {
    ObjectNode document = YAML.createObjectNode().put("$id", DEFINITIONS);
    document.set("$defs", schemas);
    String text = document.toString().replace(COMPONENTS, "#/$defs/");
    return SchemaRegistry.withDialect(
        Dialects.getOpenApi31(), builder -> builder.schemas(Map.of(DEFINITIONS, text)));
  }

  private Schema compile(JsonNode schema) {
    try {
      return registry.getSchema(
          YAML.readTree(schema.toString().replace(COMPONENTS, DEFINITIONS + "#/$defs/")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
