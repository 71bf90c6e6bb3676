/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import java.util.List;

/**
 * A fenced block of a page.
 *
 * @param page the file, from the project's directory
 * @param line the line of the opening fence, from 1
 * @param language the first word after the fence
 * @param isRun false where the second word is {@code not-run}
 * @param isClient whether it stands in {@code <details>}: a client, which has a test of its own
 * @param lines what is in it
 */
record Block(
    String page, int line, String language, boolean isRun, boolean isClient, List<String> lines) {
  Block {
    lines = List.copyOf(lines);
  }

  String text() {
    return String.join("\n", lines) + "\n";
  }

  /** Where it stands, for people. */
  String place() {
    return page + ":" + line;
  }

  /** The file of a running sidecar that the block is, by its first line. */
  boolean isConfiguration() {
    return language.equals("yaml") && lines.getFirst().startsWith("# config/application.yaml");
  }
}
