/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidecache.config.ManifestSettings;
import io.sidecache.k8s.Kustomization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What can be said of the pages without running their commands; {@link ManualIT} does that. */
final class ManualTest {
  private static final int LONGEST_README = 160;
  private static final Path DEVELOPMENT = Path.of("docs", "development.md");
  private static final Path DECISIONS = Path.of("docs", "adr");
  private static final Pattern COMMAND =
      Pattern.compile("(\\./mvnw|\\.ci/\\S+|java|kubectl|docker|apt-get|curl|psql) .*");
  private static final Pattern NOT_RUN = Pattern.compile("\\| `([^`]+)` \\|[^|]+\\|[^|]+\\|");
  private static final Set<String> RUN = Set.of("console", "sh", "sql");
  private static final Set<String> CLIENTS = Set.of("sh", "java", "python", "js", "go");

  /** What a part of a Pod stands in. */
  private static final String POD =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: { name: any }
      spec:
        template:
          spec:
      """;

  @TempDir Path directory;

  static List<Page> pages() {
    return Page.all();
  }

  static List<Page> manual() {
    return Page.manual();
  }

  private static List<Block> blocks(Predicate<Block> wanted) {
    return manual().stream().flatMap(page -> page.blocks().stream()).filter(wanted).toList();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void links_ofAPage_leadSomewhere(Page page) {
    for (String link : page.links()) {
      if (link.startsWith("http://") || link.startsWith("https://")) {
        continue;
      }
      String[] parts = link.split("#", 2);
      Path file =
          parts[0].isEmpty()
              ? page.path()
              : Path.of("").resolve(page.path()).resolveSibling(parts[0]).normalize();
      assertThat(file).as("%s: %s", page, link).exists();
      if (parts.length == 2) {
        assertThat(Page.read(file).anchors()).as("%s: %s", page, link).contains(parts[1]);
      }
    }
  }

  /** A language without a rule would be a block that nothing checks. */
  @ParameterizedTest
  @MethodSource("manual")
  void blocks_ofAPage_areOfAKindThatIsChecked(Page page) {
    for (Block block : page.blocks()) {
      if (block.isClient()) {
        assertThat(block.page()).as(block.place()).isEqualTo("README.md");
        assertThat(CLIENTS).as(block.place()).contains(block.language());
      } else if (!RUN.contains(block.language())) {
        assertThat(block.language()).as(block.place()).isIn("yaml", "json");
        assertThat(block.isRun()).as(block.place()).isTrue();
      }
    }
  }

  @Test
  void yaml_eachBlock_isReadAsTheProgramOrKubernetesReadsIt() throws IOException {
    for (Block block : blocks(block -> block.language().equals("yaml"))) {
      try {
        if (block.text().contains("\nsidecache:") || block.text().startsWith("sidecache:")) {
          readSettings(block.text());
        } else if (block.text().startsWith("initContainers:")) {
          Kustomization _ = Kustomization.read(POD + block.text().indent(6));
        } else {
          buildKustomization(block);
        }
      } catch (RuntimeException | AssertionError e) {
        fail(block.place() + ": " + e.getMessage(), e);
      }
    }
  }

  /** A block may show a part of the settings: webhooks name caches that stand elsewhere. */
  private static void readSettings(String yaml) {
    String whole =
        yaml.contains("\n  caches:")
            ? yaml
            : yaml + "  caches: { products: { maximum-size: 1 }, orders: { maximum-size: 1 } }\n";
    Matcher variable = Pattern.compile("\\$\\{(\\w+)}").matcher(yaml);
    List<String> variables = new ArrayList<>(List.of("QUARKUS_DATASOURCE_JDBC_URL"));
    while (variable.find()) {
      variables.add(variable.group(1));
    }
    ManifestSettings.check(whole, variables, name -> name, _ -> null);
  }

  /** Beside what the block names there is an application that carries the label. */
  private void buildKustomization(Block block) throws IOException {
    Path project = Files.createDirectory(directory.resolve("line" + block.line()));
    Path base = project.toRealPath().relativize(Path.of("k8s").toRealPath());
    Files.writeString(
        project.resolve("kustomization.yaml"),
        block.text().replaceAll("<path or URL of k8s/(\\w+)>", base + "/$1"));
    Files.copy(
        Path.of("k8s", "examples", "products", "shop.yaml"), project.resolve("deployment.yaml"));
    Files.writeString(project.resolve("application.yaml"), "sidecache: {}\n");
    assertThat(Kustomization.build(project).objects()).as(block.place()).hasSizeGreaterThan(1);
  }

  @Test
  void json_eachBlock_isJson() throws IOException {
    for (Block block : blocks(block -> block.language().equals("json"))) {
      assertThat(new ObjectMapper().readTree(block.text())).as(block.place()).isNotNull();
    }
  }

  /** What is not run is told to the reader, and something else is checked of it. */
  @Test
  void notRun_eachCommand_isListedWithItsReason() {
    List<String> run =
        blocks(block -> block.isRun() && RUN.contains(block.language())).stream()
            .map(Block::text)
            .toList();
    Set<String> notRun = new TreeSet<>();
    for (Page page : manual()) {
      page.blocks().stream()
          .filter(block -> !block.isRun())
          .flatMap(block -> Transcript.commands(block).stream())
          .forEach(notRun::add);
      page.codes().stream()
          .filter(code -> COMMAND.matcher(code).matches())
          .filter(code -> run.stream().noneMatch(text -> text.contains(code)))
          .forEach(notRun::add);
    }
    Set<String> listed =
        Page.read(DEVELOPMENT).prose().stream()
            .map(NOT_RUN::matcher)
            .filter(Matcher::matches)
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(listed).isEqualTo(notRun);
    notRun.forEach(NotRun::check);
  }

  @Test
  void readme_asRendered_isOnePage() {
    int shown = 0;
    boolean details = false;
    for (String line : lines(Path.of("README.md"))) {
      details = (details || line.startsWith("<details>")) && !line.startsWith("</details>");
      shown += details ? 0 : 1;
    }
    assertThat(shown).isLessThanOrEqualTo(LONGEST_README);
  }

  @Test
  void decisions_eachOne_isInTheIndexUnderItsTitle() throws IOException {
    try (Stream<Path> files = Files.list(DECISIONS)) {
      List<String> wanted =
          files
              .filter(file -> file.getFileName().toString().matches("\\d{4}-.*\\.md"))
              .sorted()
              .map(ManualTest::entry)
              .toList();
      assertThat(lines(DECISIONS.resolve("README.md")).stream().filter(one -> one.startsWith("- ")))
          .containsExactlyElementsOf(wanted);
    }
  }

  private static String entry(Path decision) {
    String file = decision.getFileName().toString();
    String title = lines(decision).getFirst().replaceFirst("# \\d+[.:] +", "");
    return "- [%d](%s) %s%s"
        .formatted(
            Integer.parseInt(file.substring(0, 4)),
            file,
            title.substring(0, 1).toUpperCase(Locale.ROOT),
            title.substring(1));
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
