/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/** The table of figures, as Markdown. */
final class Report {
  private final List<String> heading = new ArrayList<>();
  private final List<String> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** A line above the table. */
  void heading(String line) {
    heading.add(line);
  }

  /** A line below the table. */
  void note(String line) {
    notes.add(line);
  }

  /** Our figure beside the yardstick's; met where their ratio is at most {@code limit}. */
  void atMost(String what, double ours, double yardstick, double limit, DoubleFunction<String> in) {
    double ratio = ours / yardstick;
    compared(what, ours, yardstick, "≤ " + limit, in, ratio <= limit ? "yes" : "**no**");
  }

  /** Two figures in turns and the ratio of their rounds; met where it is at least the limit. */
  void atLeast(String what, Turns turns, double limit, DoubleFunction<String> in) {
    compared(what, turns, "≥ " + limit, in, turns.ratio() >= limit ? "yes" : "**no**");
  }

  /** Two figures in turns, without a goal. */
  void beside(String what, Turns turns, DoubleFunction<String> in) {
    compared(what, turns, "", in, "");
  }

  /** Our figure beside the yardstick's, without a goal. */
  void beside(String what, double ours, double yardstick, DoubleFunction<String> in) {
    compared(what, ours, yardstick, "", in, "");
  }

  /** A figure without a yardstick or a goal. */
  void alone(String what, String ours) {
    row(what, ours, "", "", "", "");
  }

  /** A figure with a goal of its own. */
  void goal(String what, String ours, String goal, boolean met) {
    row(what, ours, "", "", goal, met ? "yes" : "**no**");
  }

  private void compared(
      String what,
      double ours,
      double yardstick,
      String goal,
      DoubleFunction<String> in,
      String met) {
    row(what, in.apply(ours), in.apply(yardstick), ratio(ours / yardstick), goal, met);
  }

  private void compared(
      String what, Turns turns, String goal, DoubleFunction<String> in, String met) {
    row(
        what,
        in.apply(Median.of(turns.ours())),
        in.apply(Median.of(turns.yardstick())),
        ratio(turns.ratio()),
        goal,
        met);
  }

  private static String ratio(double ratio) {
    return String.format(Locale.ROOT, "%.2f", ratio);
  }

  private void row(String... cells) {
    String row = "| " + String.join(" | ", cells) + " |";
    rows.add(row);
    System.out.println(row);
  }

  @Override
  public String toString() {
    List<String> lines = new ArrayList<>(heading);
    lines.add("");
    lines.add("| figure | ours | yardstick | ratio | goal | met? |");
    lines.add("| --- | ---: | ---: | ---: | ---: | --- |");
    lines.addAll(rows);
    lines.add("");
    notes.forEach(note -> lines.add("- " + note));
    return String.join("\n", lines) + "\n";
  }
}
