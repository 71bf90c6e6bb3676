/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.Browser;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.FaultProxy.Mode;
import io.sidecache.testing.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The page for people, over HTTP and in a real browser. */
@QuarkusTest
@TestProfile(GapProfile.class)
final class PageTest {
  private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"(/[^\"]*)\"");

  private final TestPostgres.Database database = ArticleDatabase.database();
  private final FaultProxy listener = ArticleDatabase.listenerProxy();

  @BeforeEach
  void fresh() {
    listener.setMode(Mode.PASS);
    Sidecar.awaitFresh();
  }

  @Test
  void page_itsFiles_comeWithAStrictPolicyAndNameNoOtherServer() {
    Answer page = Sidecar.get("/").assertStatus(200);
    assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
    List<String> files = REFERENCE.matcher(page.text()).results().map(r -> r.group(1)).toList();
    assertThat(files).containsExactlyInAnyOrder("/sidecache.css", "/sidecache.js");
    for (String file : List.of("/", files.get(0), files.get(1))) {
      Answer answer = Sidecar.get(file).assertStatus(200);
      assertThat(answer.header("Content-Security-Policy"))
          .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
      assertThat(answer.text().replace("http://www.w3.org/2000/svg", ""))
          .doesNotContain("http:", "https:", "innerHTML", "style=", "onclick");
      assertThat(Sidecar.head(file).assertStatus(200).header("Content-Length"))
          .isEqualTo(Integer.toString(answer.body().length()));
    }
    Sidecar.send("POST", "/", BodyPublishers.noBody()).assertProblem(405, "method-not-allowed");
  }

  @Test
  void browser_insertedProduct_isShownWithItsRow() {
    try (Browser browser = opened()) {
      browser.evaluate("document.getElementById('events').replaceChildren()");
      String id = "815";
      database.execute("insert into products values (815, 'Seen & <b>bold</b>', 1)");
      await()
          .atMost(Sidecar.LIMIT)
          .untilAsserted(
              () ->
                  assertThat(browser.text("events"))
                      .contains("products", id, "Seen & <b>bold</b>"));
      assertThat(browser.evaluate("document.querySelector('#events b') === null"))
          .isEqualTo("true");
      isClean(browser);
    }
  }

  @Test
  void browser_byKeyboardAlone_looksAtAnEntryAndEvictsIt() {
    try (Browser browser = opened()) {
      browser.evaluate(
          "document.getElementById('look-cache').value = 'products',"
              + " document.getElementById('look-cache').focus()");
      browser.press("Tab");
      browser.type("1");
      browser.press("Enter");
      await()
          .atMost(Sidecar.LIMIT)
          .untilAsserted(() -> assertThat(browser.text("found-value")).contains("\"id\": 1"));
      assertThat(browser.text("found-status")).startsWith("200 · sidecache; ");

      evict(browser, "no");
      assertThat(browser.text("found-value")).contains("\"id\": 1");
      Sidecar.awaitGet(
          "/v1/caches/products/entries/1",
          answer -> assertThat(answer.cacheStatus()).startsWith("sidecache; hit"));

      evict(browser, "yes");
      await()
          .atMost(Sidecar.LIMIT)
          .untilAsserted(
              () -> assertThat(browser.text("found-status")).startsWith("It was evicted"));
      isClean(browser);
    }
  }

  /** From the button on by Tab and Enter; the dialog's first button keeps the entry. */
  private static void evict(Browser browser, String answer) {
    browser.evaluate("document.getElementById('evict').focus()");
    browser.press("Enter");
    await()
        .atMost(Sidecar.LIMIT)
        .untilAsserted(
            () ->
                assertThat(browser.evaluate("document.getElementById('sure').open"))
                    .isEqualTo("true"));
    assertThat(browser.text("sure-text")).isEqualTo("Evict 1 of products in all sidecars?");
    if (answer.equals("yes")) {
      browser.press("Tab");
    }
    browser.press("Enter");
    await()
        .atMost(Sidecar.LIMIT)
        .untilAsserted(
            () ->
                assertThat(browser.evaluate("document.getElementById('sure').open"))
                    .isEqualTo("false"));
  }

  @Test
  void browser_gap_isShownAndEnds() {
    try (Browser browser = opened()) {
      listener.setMode(Mode.BLACKHOLE);
      await()
          .atMost(Sidecar.LIMIT)
          .untilAsserted(() -> assertThat(browser.text("state-text")).startsWith("A gap"));
      listener.setMode(Mode.PASS);
      await()
          .atMost(Sidecar.LIMIT)
          .untilAsserted(() -> assertThat(browser.text("state-text")).startsWith("Fresh"));
      isClean(browser);
    }
  }

  @Test
  void browser_eitherColours_areDrawnDifferently() throws IOException {
    try (Browser browser = opened()) {
      browser.prefer("light");
      byte[] light = browser.screenshot();
      String paper = "getComputedStyle(document.body).backgroundColor";
      assertThat(browser.evaluate(paper)).isEqualTo("rgb(255, 255, 255)");
      browser.prefer("dark");
      assertThat(browser.evaluate(paper)).isEqualTo("rgb(22, 24, 27)");
      Files.write(Path.of("target/page-light.png"), light);
      Files.write(Path.of("target/page-dark.png"), browser.screenshot());
      isClean(browser);
    }
  }

  private static Browser opened() {
    Browser browser = Browser.start();
    browser.open(Sidecar.uri("/"));
    await()
        .atMost(Sidecar.LIMIT)
        .untilAsserted(() -> assertThat(browser.text("state-text")).startsWith("Fresh"));
    await()
        .atMost(Sidecar.LIMIT)
        .untilAsserted(
            () ->
                assertThat(browser.requested())
                    .contains(Sidecar.uri("/v1/events?include=value").toString()));
    return browser;
  }

  private static void isClean(Browser browser) {
    assertThat(browser.wrong()).isEmpty();
    URI ours = Sidecar.uri("/");
    assertThat(browser.requested())
        .isNotEmpty()
        .allSatisfy(
            url -> assertThat(url).matches("data:,|" + Pattern.quote(ours.toString()) + ".*"));
  }
}
