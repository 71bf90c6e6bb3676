/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import java.util.ArrayList;
import java.util.List;

/** What a session in a terminal looks like: commands, each with what it printed. */
final class Transcript {
  private static final String PROMPT = "$ ";
  private static final String CONTINUED = "\\";

  private Transcript() {}

  /**
   * A command and its output.
   *
   * @param place the page and the line
   * @param command without the prompt, over several lines where it is continued
   * @param output the lines that it printed
   */
  record Step(String place, String command, List<String> output) {
    Step {
      output = List.copyOf(output);
    }
  }

  static List<Step> read(Block block) {
    List<Step> steps = new ArrayList<>();
    List<String> lines = block.lines();
    int at = 0;
    while (at < lines.size()) {
      int first = at;
      if (!lines.get(at).startsWith(PROMPT)) {
        throw new AssertionError(
            block.place() + " does not begin with a command: " + lines.get(at));
      }
      StringBuilder command = new StringBuilder(lines.get(at).substring(PROMPT.length()));
      while (lines.get(at).endsWith(CONTINUED)) {
        at++;
        command.append('\n').append(lines.get(at));
      }
      at++;
      List<String> output = new ArrayList<>();
      while (at < lines.size() && !lines.get(at).startsWith(PROMPT)) {
        output.add(lines.get(at));
        at++;
      }
      String place = block.page() + ":" + (block.line() + first + 1);
      steps.add(new Step(place, command.toString(), output));
    }
    return steps;
  }

  /** A command over several lines as one. */
  static String oneLine(String command) {
    return command.replaceAll("\\\\\n\\s*", "").replaceAll("\\s+#\\s.*", "").strip();
  }

  /** The commands of a block of shell lines, comments left out. */
  static List<String> commands(Block block) {
    List<String> commands = new ArrayList<>();
    for (String line : block.text().replaceAll("\\\\\n\\s*", "").split("\n", -1)) {
      String command = oneLine(line);
      if (!command.isEmpty() && !command.startsWith("#")) {
        commands.add(command);
      }
    }
    return commands;
  }
}
