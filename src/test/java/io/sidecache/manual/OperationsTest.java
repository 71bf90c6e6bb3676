/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.source.SourceStatus;
import io.sidecache.source.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tables of what an operator may see hold everything that the sources say. */
final class OperationsTest {
  private static final Pattern PROBLEM = Pattern.compile("urn:sidecache:([a-z-]+)");
  private static final Pattern LOG =
      Pattern.compile(
          "LOG\\.(?:warnf?|errorf?)\\(\\s*(?:\\w+,\\s*)?(\"[^;]*?)\\);", Pattern.DOTALL);
  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Path DEVELOPMENT_MODE =
      Path.of("src", "main", "java", "io", "sidecache", "dev");
  private static final int SHORTEST = 12;

  private final String page = oneSpace(read(Path.of("docs", "operations.md")));

  @Test
  void reasons_allOfThem_areExplained() {
    for (Trouble trouble : Trouble.values()) {
      assertThat(page.contains("| `" + trouble.text() + "` |")).as(trouble.text()).isTrue();
    }
  }

  @Test
  void states_allOfThem_areExplained() {
    for (SourceStatus.State state : SourceStatus.State.values()) {
      assertThat(page.contains("| `" + state.name() + "` |")).as(state.name()).isTrue();
    }
  }

  /** Another test holds this file against the program. */
  @Test
  void problems_allOfTheDescription_areExplained() {
    Matcher problem =
        PROBLEM.matcher(read(Path.of("src", "main", "resources", "META-INF", "openapi.yaml")));
    TreeSet<String> names = new TreeSet<>();
    while (problem.find()) {
      names.add(problem.group(1));
    }
    assertThat(names).hasSizeGreaterThan(20);
    for (String name : names) {
      Pattern row = Pattern.compile("\\| (`[a-z-]+`, )*`" + name + "`[,` a-z-]* \\| \\d+ \\|");
      assertThat(row.matcher(page).find()).as(name).isTrue();
    }
  }

  @Test
  void warnings_allOfTheSources_areExplained() throws IOException {
    List<String> messages = messages();
    assertThat(messages).hasSizeGreaterThan(25);
    for (String message : messages) {
      assertThat(page.contains(firstWords(message))).as(message).isTrue();
    }
  }

  /** Of warnings and errors in the sources, but for those of the development mode. */
  private static List<String> messages() throws IOException {
    List<String> messages = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src", "main", "java", "io", "sidecache"))) {
      for (Path file : files.filter(one -> one.toString().endsWith(".java")).sorted().toList()) {
        if (file.startsWith(DEVELOPMENT_MODE)) {
          continue;
        }
        Matcher call = LOG.matcher(read(file));
        while (call.find()) {
          StringBuilder message = new StringBuilder();
          Matcher literal = LITERAL.matcher(call.group(1));
          while (literal.find()) {
            message.append(literal.group(1));
          }
          messages.add(message.toString());
        }
      }
    }
    return messages;
  }

  /** The first words of a message that are not variable; empty where hardly any are. */
  private static String firstWords(String message) {
    for (String part : message.replace("%%", "").split("%[a-z]", -1)) {
      String words =
          oneSpace(part)
              .replaceFirst("^[:;,. ]+", "")
              .replaceFirst(".*(?=failed in an unforeseen way)", "")
              .split("[:;.]", -1)[0]
              .strip();
      if (words.length() >= SHORTEST) {
        return words;
      }
    }
    return "";
  }

  private static String oneSpace(String text) {
    return text.replaceAll("\\s+", " ");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
