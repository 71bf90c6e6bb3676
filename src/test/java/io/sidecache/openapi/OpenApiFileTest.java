/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sidecache.openapi.ApiDescription.Operation;
import io.sidecache.openapi.ApiDescription.PathItem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The committed description holds together, and says of the code what the code says. */
final class OpenApiFileTest {
  private static final Pattern PARAMETER = Pattern.compile("\\{([^}]+)}");
  private static final Pattern NEW_PROBLEM =
      Pattern.compile("new Problem\\(\\s*+([^,]+),\\s*+([^,]+),");
  private static final Pattern PATH = Pattern.compile("\"(/v1/[^\"]*)\"");
  private static final Pattern ROUTE_PARAMETER = Pattern.compile(":(\\w+)");

  /** Problems without an executed example: they take more than one request to bring about. */
  private static final Set<String> WITHOUT_EXAMPLE =
      new TreeSet<>(
          List.of(
              "answer-too-large",
              "body-too-large",
              "cross-site",
              "internal",
              "method-not-allowed",
              "misdirected",
              "not-found",
              "source-unavailable",
              "too-many-bulk-requests",
              "too-many-fills",
              "too-many-messages",
              "too-many-subscribers",
              "too-many-waits",
              "unauthorized"));

  private final ApiDescription api = ApiDescription.committed();

  @Test
  void references_all_leadSomewhere() {
    assertThat(api.root().path("openapi").asText()).startsWith("3.1.");
    List<JsonNode> holders = api.root().findParents("$ref");
    assertThat(holders).isNotEmpty();
    holders.forEach(api::resolve);
    for (String kind : new String[] {"schemas", "responses", "headers", "parameters"}) {
      for (String name : names(api.root().path("components").path(kind))) {
        String reference = "#/components/" + kind + "/" + name;
        assertThat(holders)
            .as(reference)
            .anyMatch(node -> node.path("$ref").asText().equals(reference));
      }
    }
  }

  @Test
  void operations_all_haveNamesOfTheirOwnAndDeclareTheirParameters() {
    assertThat(api.operations())
        .extracting(Operation::id)
        .doesNotHaveDuplicates()
        .doesNotContain("");
    for (Operation operation : api.operations()) {
      Set<String> inTemplate = new TreeSet<>();
      Matcher parameters = PARAMETER.matcher(operation.template());
      while (parameters.find()) {
        inTemplate.add(parameters.group(1));
      }
      assertThat(
              operation.parameters().stream().filter(one -> one.path("in").asText().equals("path")))
          .as(operation.toString())
          .allMatch(one -> one.path("required").asBoolean())
          .extracting(one -> one.path("name").asText())
          .containsExactlyInAnyOrderElementsOf(inTemplate);
    }
  }

  @Test
  void operations_all_canFailForADefectOrAMissingToken() {
    for (Operation operation : api.operations()) {
      JsonNode security = operation.node().path("security");
      if (security.isArray() && security.isEmpty()) {
        continue; // the page: before the guard, and out of memory
      }
      assertThat(names(operation.node().path("responses")))
          .as(operation.toString())
          .contains("401", "500");
    }
  }

  @Test
  void operations_all_haveAnExampleOfSuccess() {
    for (Operation operation : api.operations()) {
      assertThat(Exchange.of(api, operation))
          .as(operation.toString())
          .anyMatch(one -> one.status() < 300);
    }
  }

  @Test
  void examples_ofRequests_belongToAnExchange() {
    for (PathItem path : api.paths()) {
      Set<String> exchanges = new TreeSet<>();
      Set<String> examples = new TreeSet<>();
      for (Operation operation : path.operations()) {
        Exchange.of(api, operation).forEach(one -> exchanges.add(one.name()));
        operation.parameters().forEach(one -> examples.addAll(names(one.path("examples"))));
        operation
            .node()
            .path("requestBody")
            .path("content")
            .forEach(media -> examples.addAll(names(media.path("examples"))));
      }
      // The parameters of the stream serve HEAD too.
      assertThat(exchanges).as(path.template()).containsAll(examples);
    }
  }

  @Test
  void examples_ofAnswers_fitTheirSchemas() {
    for (Operation operation : api.operations()) {
      operation
          .node()
          .path("responses")
          .forEach(
              response ->
                  api.resolve(response)
                      .path("content")
                      .forEach(
                          media ->
                              media
                                  .path("examples")
                                  .forEach(
                                      example ->
                                          assertThat(
                                                  api.violations(
                                                      media.path("schema"), example.path("value")))
                                              .as("%s %s", operation, example)
                                              .isEmpty())));
    }
  }

  @Test
  void problems_ofTheCode_areTheProblemsOfTheFile() {
    Set<String> made = new TreeSet<>();
    for (String source : sources()) {
      Matcher problems = NEW_PROBLEM.matcher(source);
      while (problems.find()) {
        String name = problems.group(2).strip();
        assertThat(name).as(problems.group()).matches("\"[a-z-]+\"");
        made.add("urn:sidecache:" + name.replace("\"", ""));
      }
    }
    assertThat(types(api.root().at("/components/schemas/Problem"))).containsExactlyElementsOf(made);
  }

  @Test
  void problems_all_belongToAnOperationAndMostHaveAnExample() {
    // Those that belong to no operation.
    Set<String> described =
        new TreeSet<>(
            Set.of(
                "urn:sidecache:not-found",
                "urn:sidecache:method-not-allowed",
                "urn:sidecache:misdirected",
                "urn:sidecache:cross-site"));
    Set<String> exemplified = new TreeSet<>();
    for (Operation operation : api.operations()) {
      for (JsonNode response : operation.node().path("responses")) {
        JsonNode media = api.resolve(response).path("content").path("application/problem+json");
        described.addAll(types(media.path("schema")));
        media.path("examples").forEach(one -> exemplified.add(one.at("/value/type").asText()));
      }
    }
    described.addAll(
        types(
            api.root()
                .at("/components/schemas/ManyEntries/properties/failed/additionalProperties")));
    Set<String> all = types(api.root().at("/components/schemas/Problem"));
    assertThat(described).isEqualTo(all);
    all.removeAll(exemplified);
    assertThat(all)
        .map(type -> type.substring("urn:sidecache:".length()))
        .isEqualTo(List.copyOf(WITHOUT_EXAMPLE));
  }

  /** Handlers say their paths in the code alone. */
  @Test
  void paths_inTheCode_leadToPathsOfTheFile() {
    Set<String> written = new TreeSet<>();
    for (String source : sources()) {
      Matcher paths = PATH.matcher(source);
      while (paths.find()) {
        written.add(ROUTE_PARAMETER.matcher(paths.group(1)).replaceAll("{$1}"));
      }
    }
    assertThat(written).isNotEmpty();
    for (String path : written) {
      assertThat(api.paths()).as(path).anyMatch(one -> one.template().startsWith(path));
    }
  }

  private static List<String> sources() {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .map(OpenApiFileTest::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> types(JsonNode schema) {
    Set<String> types = new TreeSet<>();
    schema.at("/properties/type/enum").forEach(one -> types.add(one.asText()));
    return types;
  }

  private static Set<String> names(JsonNode node) {
    Set<String> names = new TreeSet<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
