/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.bench.Report.Better;
import io.sidecache.bench.Report.Comparison;
import io.sidecache.bench.Report.Goal;
import io.sidecache.bench.Report.Row;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * The ratios as bars, as an SVG: those of which less is better, then the others. A bar begins at 1,
 * which is the yardstick, on a logarithmic axis, so that half and double are equally long. A mark
 * shows the goal. It brings its own ground, so it can be read wherever it is shown, and follows the
 * reader's choice of light or dark.
 */
final class RatioChart {
  private static final int WIDTH = 1120;
  private static final int MARGIN = 16;
  private static final int PLOT_LEFT = 540;
  private static final int PLOT_RIGHT = 960;
  private static final int ROW_HEIGHT = 22;
  private static final int BAR_HEIGHT = 12;
  private static final int PANEL_HEAD = 52;

  private static final String STYLE =
      """
      text { font: 13px system-ui, sans-serif; fill: #1f2328 }
      .title { font-weight: 600 }
      .tick { font-size: 11px; fill: #59636e; text-anchor: middle }
      .ground { fill: #ffffff }
      .grid { stroke: #d1d9e0 }
      .yardstick { stroke: #59636e }
      .bar { fill: #2a6fb5 }
      .missed { fill: #c2410c }
      .goal { stroke: #1f2328; stroke-width: 2.5 }
      @media (prefers-color-scheme: dark) {
        text { fill: #f0f6fc }
        .tick { fill: #9198a1 }
        .ground { fill: #0d1117 }
        .grid { stroke: #3d444d }
        .yardstick { stroke: #9198a1 }
        .bar { fill: #58a6ff }
        .missed { fill: #f0883e }
        .goal { stroke: #f0f6fc }
      }
      """;

  private final XMLStreamWriter xml;
  private final int lowest;
  private final int highest;

  private RatioChart(XMLStreamWriter xml, List<Row> rows) {
    this.xml = xml;
    double least = numbers(rows).min().orElse(1);
    double most = numbers(rows).max().orElse(1);
    this.lowest = (int) Math.floor(log2(Math.min(least, 0.5)));
    this.highest = (int) Math.ceil(log2(Math.max(most, 2)));
  }

  /** The chart of the rows that have a ratio. */
  static String of(List<Row> all) {
    List<Row> rows =
        all.stream()
            .filter(row -> row.comparison().filter(RatioChart::isShown).isPresent())
            .toList();
    StringWriter out = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(out);
      new RatioChart(xml, rows).write(rows);
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("a string can be written to", e);
    }
    return out + "\n";
  }

  private static boolean isShown(Comparison comparison) {
    return comparison.ratio() > 0 && Double.isFinite(comparison.ratio());
  }

  private static DoubleStream numbers(List<Row> rows) {
    return rows.stream()
        .map(row -> row.comparison().orElseThrow())
        .flatMapToDouble(
            comparison ->
                DoubleStream.concat(
                    DoubleStream.of(comparison.ratio()),
                    comparison.goal().stream().mapToDouble(Goal::limit)));
  }

  private void write(List<Row> rows) throws XMLStreamException {
    List<Row> less = of(rows, Better.LESS);
    List<Row> more = of(rows, Better.MORE);
    int panels = (int) Stream.of(less, more).filter(panel -> !panel.isEmpty()).count();
    int height = 2 * MARGIN + panels * PANEL_HEAD + rows.size() * ROW_HEIGHT;
    xml.writeStartElement("svg");
    xml.writeDefaultNamespace("http://www.w3.org/2000/svg");
    attributes("viewBox", "0 0 " + WIDTH + " " + height, "role", "img", "aria-labelledby", "t d");
    described("title", "t", "Sidecache beside its yardsticks");
    described(
        "desc",
        "d",
        "Each bar is one figure divided by that of its yardstick in the same run, on a logarithmic"
            + " axis; the table beside this chart has the numbers.");
    xml.writeStartElement("style");
    xml.writeCharacters(STYLE);
    xml.writeEndElement();
    empty("rect", "class", "ground", "width", WIDTH, "height", height, "rx", 8);
    int below = panel("Ratio to the yardstick where less is better: times, bytes", less, MARGIN);
    panel("Ratio to the yardstick where more is better: so many per second", more, below);
    xml.writeEndElement();
  }

  private static List<Row> of(List<Row> rows, Better better) {
    return rows.stream().filter(row -> row.comparison().orElseThrow().better() == better).toList();
  }

  /** Gives back where the next one may begin. */
  private int panel(String title, List<Row> rows, int top) throws XMLStreamException {
    if (rows.isEmpty()) {
      return top;
    }
    int first = top + PANEL_HEAD;
    int bottom = first + rows.size() * ROW_HEIGHT;
    text("title", MARGIN, top + 16, title);
    for (int power = lowest; power <= highest; power++) {
      double x = x(Math.pow(2, power));
      empty(
          "line",
          "class",
          power == 0 ? "yardstick" : "grid",
          "x1",
          x,
          "x2",
          x,
          "y1",
          first - 6,
          "y2",
          bottom - 4);
      text("tick", x, first - 12, power < 0 ? "1/" + (1 << -power) : Integer.toString(1 << power));
    }
    for (int i = 0; i < rows.size(); i++) {
      row(rows.get(i), first + i * ROW_HEIGHT);
    }
    return bottom;
  }

  private void row(Row row, int top) throws XMLStreamException {
    Comparison comparison = row.comparison().orElseThrow();
    double ratio = comparison.ratio();
    boolean missed = comparison.goal().filter(goal -> !goal.isMetBy(ratio)).isPresent();
    text("what", MARGIN, top + 10, row.what());
    double from = Math.min(x(1), x(ratio));
    double length = Math.max(1, Math.abs(x(ratio) - x(1)));
    empty(
        "rect",
        "class",
        missed ? "bar missed" : "bar",
        "x",
        from,
        "y",
        top,
        "width",
        length,
        "height",
        BAR_HEIGHT);
    String goal = "";
    if (comparison.goal().isPresent()) {
      double x = x(comparison.goal().get().limit());
      empty("line", "class", "goal", "x1", x, "x2", x, "y1", top - 3, "y2", top + BAR_HEIGHT + 3);
      goal = " (" + row.goal() + (missed ? ", missed)" : ")");
    }
    text("ratio", PLOT_RIGHT + MARGIN, top + 10, Report.text(ratio) + goal);
  }

  private double x(double ratio) {
    return PLOT_LEFT
        + (PLOT_RIGHT - PLOT_LEFT) * (log2(ratio) - lowest) / (double) (highest - lowest);
  }

  private static double log2(double number) {
    return Math.log(number) / Math.log(2);
  }

  private void text(String kind, double x, int y, String text) throws XMLStreamException {
    xml.writeStartElement("text");
    attributes("class", kind, "x", x, "y", y);
    xml.writeCharacters(text);
    xml.writeEndElement();
  }

  private void described(String element, String id, String text) throws XMLStreamException {
    xml.writeStartElement(element);
    attributes("id", id);
    xml.writeCharacters(text);
    xml.writeEndElement();
  }

  private void empty(String element, Object... attributes) throws XMLStreamException {
    xml.writeEmptyElement(element);
    attributes(attributes);
    xml.writeCharacters("\n");
  }

  private void attributes(Object... namesAndValues) throws XMLStreamException {
    for (int i = 0; i < namesAndValues.length; i += 2) {
      Object value = namesAndValues[i + 1];
      xml.writeAttribute(
          namesAndValues[i].toString(),
          value instanceof Double number
              ? String.format(Locale.ROOT, "%.1f", number)
              : value.toString());
    }
  }
}
