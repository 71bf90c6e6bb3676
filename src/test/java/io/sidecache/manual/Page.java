/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One page of the manual, as Markdown.
 *
 * @param path from the project's directory
 * @param blocks its fenced blocks
 * @param prose its lines; those in blocks are empty
 */
record Page(Path path, List<Block> blocks, List<String> prose) {
  private static final Pattern FENCE = Pattern.compile("```(\\S*) *(.*)");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern HEADING = Pattern.compile("#{1,6} +(.*)");

  Page {
    blocks = List.copyOf(blocks);
    prose = List.copyOf(prose);
  }

  /** The README and everything below {@code docs}. */
  static List<Page> all() {
    try (Stream<Path> docs = Files.walk(Path.of("docs"))) {
      return Stream.concat(
              Stream.of(Path.of("README.md")),
              docs.filter(file -> file.toString().endsWith(".md")).sorted())
          .map(Page::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All but the decisions, which are records of their day. */
  static List<Page> manual() {
    return all().stream().filter(page -> !page.path.startsWith(Path.of("docs", "adr"))).toList();
  }

  static Page read(Path path) {
    List<Block> blocks = new ArrayList<>();
    List<String> prose = new ArrayList<>();
    List<String> inside = new ArrayList<>();
    boolean details = false;
    int opened = 0;
    Matcher fence = FENCE.matcher("");
    for (String line : lines(path)) {
      prose.add(opened == 0 && !line.startsWith("```") ? line : "");
      details = (details || line.startsWith("<details>")) && !line.startsWith("</details>");
      if (opened == 0 && fence.reset(line).matches()) {
        opened = prose.size();
        inside.clear();
      } else if (opened > 0 && line.equals("```")) {
        boolean isRun = !fence.group(2).equals("not-run");
        blocks.add(new Block(path.toString(), opened, fence.group(1), isRun, details, inside));
        opened = 0;
      } else if (opened > 0) {
        inside.add(line);
      }
    }
    if (opened > 0) {
      throw new AssertionError(path + ":" + opened + " is not closed");
    }
    return new Page(path, blocks, prose);
  }

  private static List<String> lines(Path path) {
    try {
      return Files.readAllLines(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What its links lead to, as written. */
  List<String> links() {
    return found(LINK);
  }

  /** What stands between back quotes in its prose, paragraph by paragraph. */
  List<String> codes() {
    return found(CODE);
  }

  private List<String> found(Pattern pattern) {
    List<String> found = new ArrayList<>();
    for (String paragraph : String.join("\n", prose).split("\n\n", -1)) {
      Matcher matcher = pattern.matcher(paragraph.replaceAll("\\s+", " "));
      while (matcher.find()) {
        found.add(matcher.group(1));
      }
    }
    return found;
  }

  /** The anchors of its headings, made as GitHub makes them. */
  Set<String> anchors() {
    Set<String> anchors = new TreeSet<>();
    Map<String, Integer> before = new HashMap<>();
    for (String line : prose) {
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        String anchor =
            heading
                .group(1)
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .strip()
                .replace(' ', '-');
        int times = before.merge(anchor, 1, Integer::sum);
        anchors.add(times == 1 ? anchor : anchor + "-" + (times - 1));
      }
    }
    return anchors;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
