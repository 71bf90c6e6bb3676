/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

final class RatioChartTest {
  private final Report report = new Report();

  @Test
  void of_eachRatio_hasOneBarFromTheYardstickToIt() throws Exception {
    report.beside("half", 1, 2, Double::toString);
    report.beside("double", 4, 2, Double::toString);
    report.alone("no yardstick", "7");

    List<Element> bars = elements("rect", "bar");

    assertThat(bars).hasSize(2);
    double yardstick = number(elements("line", "yardstick").getFirst(), "x1");
    assertThat(number(bars.getFirst(), "x") + number(bars.getFirst(), "width"))
        .isEqualTo(yardstick);
    assertThat(number(bars.getLast(), "x")).isEqualTo(yardstick);
    assertThat(number(bars.getLast(), "width")).isEqualTo(number(bars.getFirst(), "width"));
  }

  @Test
  void of_goals_areMarkedAndTheMissedOneIsSaidInWords() throws Exception {
    report.atMost("in time", 1, 1, 1.3, Double::toString);
    report.atMost("late", 2, 1, 1.3, Double::toString);
    report.atLeast("fast", new Turns(List.of(9.0), List.of(10.0)), 0.85, Double::toString);

    assertThat(elements("line", "goal")).hasSize(3);
    assertThat(elements("rect", "missed")).hasSize(1);
    assertThat(elements("text", "ratio").stream().map(Element::getTextContent))
        .containsExactly("1.00 (≤ 1.3)", "2.00 (≤ 1.3, missed)", "0.90 (≥ 0.85)");
  }

  @Test
  void of_namesWithMarkup_areText() throws Exception {
    report.beside("<b> & \"c\"→", 1, 2, Double::toString);

    assertThat(elements("text", "what").getFirst().getTextContent()).isEqualTo("<b> & \"c\"→");
  }

  @Test
  void of_extremes_stayWithinTheView() throws Exception {
    report.beside("little", 1, 3_000, Double::toString);
    report.rate("much", new Turns(List.of(5_000.0), List.of(1.0)), Double::toString);
    report.beside("nothing to divide by", 1, 0, Double::toString);

    String[] view = document().getDocumentElement().getAttribute("viewBox").split(" ", -1);
    List<Element> bars = elements("rect", "bar");

    assertThat(bars).hasSize(2);
    for (Element bar : bars) {
      assertThat(number(bar, "x")).isNotNegative();
      assertThat(number(bar, "x") + number(bar, "width")).isLessThan(Double.parseDouble(view[2]));
      assertThat(number(bar, "y") + number(bar, "height")).isLessThan(Double.parseDouble(view[3]));
    }
  }

  @Test
  void of_nothing_isAnEmptyChart() throws Exception {
    assertThat(elements("rect", "bar")).isEmpty();
    assertThat(elements("rect", "ground")).hasSize(1);
  }

  @Test
  void of_anything_isReadableInLightAndDark() throws Exception {
    assertThat(document().getElementsByTagName("style").item(0).getTextContent())
        .contains("prefers-color-scheme: dark");
  }

  private List<Element> elements(String name, String kind) throws Exception {
    NodeList all = document().getElementsByTagName(name);
    return IntStream.range(0, all.getLength())
        .mapToObj(i -> (Element) all.item(i))
        .filter(element -> List.of(element.getAttribute("class").split(" ", -1)).contains(kind))
        .toList();
  }

  private Document document() throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(
            new ByteArrayInputStream(
                RatioChart.of(report.rows()).getBytes(StandardCharsets.UTF_8)));
  }

  private static double number(Element element, String attribute) {
    return Double.parseDouble(element.getAttribute(attribute));
  }
}
