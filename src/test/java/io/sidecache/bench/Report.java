/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;

/** The figures, in the order in which they came, and the table of them as Markdown. */
final class Report {
  private final List<String> heading = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** Which ratios are the better ones. */
  enum Better {
    LESS,
    MORE
  }

  /**
   * A goal for a ratio.
   *
   * @param better on which side of the limit it is met
   * @param limit the last ratio that meets it
   */
  record Goal(Better better, double limit) {
    boolean isMetBy(double ratio) {
      return better == Better.LESS ? ratio <= limit : ratio >= limit;
    }

    @Override
    public String toString() {
      return (better == Better.LESS ? "≤ " : "≥ ") + limit;
    }
  }

  /**
   * Two figures and what one is of the other.
   *
   * @param ratio ours divided by the yardstick's
   * @param better which ratios are better, goal or none
   * @param goal the goal, where there is one
   */
  record Comparison(double ratio, Better better, Optional<Goal> goal) {}

  /**
   * One row of the table, in words.
   *
   * @param comparison where there is a yardstick
   */
  record Row(
      String what,
      String ours,
      String yardstick,
      Optional<Comparison> comparison,
      String goal,
      String met) {
    private String markdown() {
      OptionalDouble ratio = comparison.stream().mapToDouble(Comparison::ratio).findFirst();
      return "| "
          + String.join(
              " | ",
              what,
              ours,
              yardstick,
              ratio.isPresent() ? text(ratio.getAsDouble()) : "",
              goal,
              met)
          + " |";
    }
  }

  /** A ratio, for people. */
  static String text(double ratio) {
    return String.format(Locale.ROOT, "%.2f", ratio);
  }

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
    atMost(what, once(ours, yardstick), limit, in);
  }

  /** Two figures in turns and the ratio of their rounds; met where it is at most the limit. */
  void atMost(String what, Turns turns, double limit, DoubleFunction<String> in) {
    compared(what, turns, Better.LESS, Optional.of(new Goal(Better.LESS, limit)), in);
  }

  /** Two figures in turns and the ratio of their rounds; met where it is at least the limit. */
  void atLeast(String what, Turns turns, double limit, DoubleFunction<String> in) {
    compared(what, turns, Better.MORE, Optional.of(new Goal(Better.MORE, limit)), in);
  }

  /** Two figures in turns, of which less is better, without a goal. */
  void beside(String what, Turns turns, DoubleFunction<String> in) {
    compared(what, turns, Better.LESS, Optional.empty(), in);
  }

  /** Our figure beside the yardstick's, of which less is better, without a goal. */
  void beside(String what, double ours, double yardstick, DoubleFunction<String> in) {
    beside(what, once(ours, yardstick), in);
  }

  /** Two figures in turns, of which more is better, without a goal. */
  void rate(String what, Turns turns, DoubleFunction<String> in) {
    compared(what, turns, Better.MORE, Optional.empty(), in);
  }

  /** A figure without a yardstick or a goal. */
  void alone(String what, String ours) {
    row(new Row(what, ours, "", Optional.empty(), "", ""));
  }

  /** A figure whose yardstick could not be measured, which is said in its place. */
  void alone(String what, String ours, String noYardstick) {
    row(new Row(what, ours, noYardstick, Optional.empty(), "", ""));
  }

  /** A figure with a goal of its own. */
  void goal(String what, String ours, String goal, boolean met) {
    row(new Row(what, ours, "", Optional.empty(), goal, yes(met)));
  }

  private static Turns once(double ours, double yardstick) {
    return new Turns(List.of(ours), List.of(yardstick));
  }

  private void compared(
      String what, Turns turns, Better better, Optional<Goal> goal, DoubleFunction<String> in) {
    double ratio = turns.ratio();
    row(
        new Row(
            what,
            in.apply(Median.of(turns.ours())),
            in.apply(Median.of(turns.yardstick())),
            Optional.of(new Comparison(ratio, better, goal)),
            goal.map(Goal::toString).orElse(""),
            goal.map(limit -> yes(limit.isMetBy(ratio))).orElse("")));
  }

  private static String yes(boolean met) {
    return met ? "yes" : "**no**";
  }

  private void row(Row row) {
    rows.add(row);
    System.out.println(row.markdown());
  }

  /** The rows so far. */
  List<Row> rows() {
    return List.copyOf(rows);
  }

  @Override
  public String toString() {
    List<String> lines = new ArrayList<>(heading);
    lines.add("");
    lines.add("| figure | ours | yardstick | ratio | goal | met? |");
    lines.add("| --- | ---: | ---: | ---: | ---: | --- |");
    rows.forEach(row -> lines.add(row.markdown()));
    lines.add("");
    notes.forEach(note -> lines.add("- " + note));
    return String.join("\n", lines) + "\n";
  }
}
