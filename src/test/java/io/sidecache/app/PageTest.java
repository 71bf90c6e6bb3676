/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.Browser;
import io.sidecache.testing.Browser.Tab;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.FaultProxy.Mode;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The page for people, over HTTP and in a real browser. */
@QuarkusTest
@TestProfile(PageProfile.class)
final class PageTest {
  private static final Pattern REFERENCE = Pattern.compile("(?:href|src)=\"(/[^\"]*)\"");
  private static final List<String> MODULES =
      List.of("/api.js", "/charts.js", "/entry.js", "/evictions.js");
  private static final Pattern FRESH = Pattern.compile("^Fresh: ");
  private static final String HOSTILE = "<img src=\"/stolen\" onerror=\"document.title='owned'\">";
  private static final int MOST_ROWS = 100;

  private static Browser browser;

  private final TestPostgres.Database database = ArticleDatabase.database();
  private final FaultProxy listener = ArticleDatabase.listenerProxy();

  @BeforeAll
  static void start() {
    browser = Browser.start();
  }

  @AfterAll
  static void stop() {
    browser.close();
  }

  @BeforeEach
  void fresh() {
    WebhookPeers.answer("moody", 204);
    listener.setMode(Mode.PASS);
    Sidecar.awaitFresh();
  }

  private static Tab opened(ColorScheme colours) {
    return opened(colours, Sidecar.uri("/").toString());
  }

  private static Tab opened(ColorScheme colours, String address) {
    Tab tab = browser.tab(colours);
    Page page = tab.page();
    page.waitForResponse("**/v1/events?include=value", () -> page.navigate(address));
    assertThat(page.locator("#state-text")).hasText(FRESH);
    return tab;
  }

  private static Tab opened() {
    return opened(ColorScheme.LIGHT);
  }

  private static Locator events(Page page) {
    return page.locator("#events tr");
  }

  @Test
  void page_itsFiles_comeWithAStrictPolicyAndNameNoOtherServer() {
    Answer page = Sidecar.get("/").assertStatus(200);
    assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
    List<String> files =
        new ArrayList<>(REFERENCE.matcher(page.text()).results().map(r -> r.group(1)).toList());
    assertThat(files)
        .containsExactlyInAnyOrder("/uplot.css", "/sidecache.css", "/uplot.js", "/sidecache.js");
    files.add("/");
    files.addAll(MODULES);
    for (String file : files) {
      Answer answer = Sidecar.get(file).assertStatus(200);
      assertThat(answer.header("Content-Security-Policy"))
          .contains(
              "default-src 'none'",
              "script-src 'self'",
              "frame-ancestors 'none'",
              "require-trusted-types-for 'script'")
          .doesNotContain("unsafe");
      assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
      assertThat(Sidecar.head(file).assertStatus(200).header("Content-Length"))
          .isEqualTo(Integer.toString(answer.body().length()));
      if (!file.startsWith("/uplot.")) { // a comment in it says where it is from
        assertThat(answer.text())
            .doesNotContain("http:", "https:", "innerHTML", "style=", "onclick", "localStorage");
      }
    }
    Sidecar.send("POST", "/", BodyPublishers.noBody()).assertProblem(405, "method-not-allowed");
    Sidecar.get("/webjars/uplot/").assertProblem(404, "not-found");
  }

  @Test
  void chartLibrary_isTheOneThatThePomNames() {
    assertThat(Sidecar.get("/uplot.js").assertStatus(200).text())
        .startsWith("/*!")
        .contains("uPlot");
    assertThat(Sidecar.get("/uplot.css").assertStatus(200).text()).contains(".uplot");
  }

  @Test
  void insertedProduct_isShownWithItsRow() {
    try (Tab tab = opened()) {
      Page page = tab.page();
      database.execute("insert into products values (815, 'Seen & <b>bold</b>', 1)");
      Locator row = events(page).filter(new Locator.FilterOptions().setHasText("815")).first();
      assertThat(row).containsText("products");
      assertThat(row.locator(".value")).containsText("Seen & <b>bold</b>");
      assertThat(page.locator("#events b")).hasCount(0);

      database.execute("delete from products where id = 815");
      assertThat(events(page).first().locator(".value")).hasText("no such row");
      assertThat(page.locator("#told")).containsText("in the last five seconds");
      tab.assertClean();
    }
  }

  @Test
  void hostileKeysAndValues_areShownAsText() {
    try (Tab tab = opened()) {
      Page page = tab.page();
      String literal = HOSTILE.replace("'", "''");
      database.query("select pg_notify('stale_products', '" + literal + "')::text");
      database.execute("insert into products values (816, '" + literal + "', 1)");
      Locator hostile =
          page.locator("#events button").filter(new Locator.FilterOptions().setHasText(HOSTILE));
      assertThat(hostile.first()).isVisible();
      assertThat(
              page.locator("#events .value")
                  .filter(new Locator.FilterOptions().setHasText("<img src")))
          .hasCount(1);

      Sidecar.fill(
          "/v1/caches/plain/entries/" + encoded(HOSTILE), HOSTILE, "Content-Type", "text/html");
      page.locator("#search").fill("plain/" + HOSTILE);
      page.locator("#search").press("Enter");
      assertThat(page.locator("#found-value")).hasText(HOSTILE);
      page.locator("#evict").click();
      assertThat(page.locator("#sure-text"))
          .hasText("Evict plain/" + HOSTILE + " in all sidecars?");
      page.locator("#sure [value=no]").click();

      assertThat(page.locator("img")).hasCount(0);
      assertThat(page.title()).isEqualTo("Sidecache");
      assertThat(tab.requested()).noneMatch(url -> url.contains("stolen") && !url.contains("/v1/"));
      tab.assertClean();
      database.execute("delete from products where id = 816");
    }
  }

  private static String encoded(String key) {
    StringBuilder out = new StringBuilder();
    for (byte octet : key.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      out.append("%%%02X".formatted(octet));
    }
    return out.toString();
  }

  @Test
  void keyboardAlone_looksAtAnEntryAndEvictsIt() {
    try (Tab tab = opened()) {
      Page page = tab.page();
      tabTo(page, "search"); // behind the tables, which can be scrolled
      assertThat(page.locator("#search").evaluate("e => getComputedStyle(e).outlineWidth"))
          .isEqualTo("3px");
      page.keyboard().type("products/1");
      page.keyboard().press("Enter");
      assertThat(page.locator("#found-value")).containsText("\"id\": 1");
      assertThat(page.locator("#found-facts")).containsText("sidecache; ");
      assertThat(page.locator("#found-status")).containsText("products/1: ");

      tabTo(page, "evict");
      evict(page, "no");
      assertThat(page.locator("#found-value")).containsText("\"id\": 1");
      assertThat(page.locator("#evict")).isFocused();
      Sidecar.awaitGet(
          "/v1/caches/products/entries/1",
          answer -> assertThat(answer.cacheStatus()).startsWith("sidecache; hit"));

      evict(page, "yes");
      assertThat(page.locator("#found-status")).hasText("products/1 was evicted in all sidecars.");
      assertThat(page.locator("#search")).isFocused();
      assertThat(events(page).first()).containsText("products");
      tab.assertClean();
    }
  }

  /** Goes on by Tab alone. */
  private static void tabTo(Page page, String id) {
    for (int i = 0; i < 10; i++) {
      page.keyboard().press("Tab");
      if (page.evaluate("document.activeElement.id").equals(id)) {
        return;
      }
    }
    throw new AssertionError(id + " cannot be reached");
  }

  /** By Tab and Enter from the button on; the dialog's first button keeps the entry. */
  private static void evict(Page page, String answer) {
    page.keyboard().press("Enter");
    assertThat(page.locator("#sure")).isVisible();
    assertThat(page.locator("#sure-text")).hasText("Evict products/1 in all sidecars?");
    assertThat(page.locator("#sure [value=no]")).isFocused();
    if (answer.equals("yes")) {
      page.keyboard().press("Tab");
    }
    page.keyboard().press("Enter");
    assertThat(page.locator("#sure")).isHidden();
  }

  @Test
  void searchBox_withoutACacheOrForNobodysKey_saysSo() {
    try (Tab tab = opened()) {
      Page page = tab.page();
      Locator search = page.locator("#search");
      search.fill("nobodys/1");
      search.press("Enter");
      assertThat(page.locator("#found-status")).containsText("The caches are brief, kept, orders");
      search.fill("orders/[\"7\",\"1\"]");
      search.press("Enter");
      assertThat(page.locator("#found-facts")).containsText("404");
      search.fill("products/no number");
      search.press("Enter");
      assertThat(page.locator("#found-status")).containsText("products/no number: ");
      assertThat(page.locator("#evict")).isHidden();
      tab.assertClean();
    }
  }

  @Test
  void keyOfAnEviction_chosen_isLookedUp() {
    try (Tab tab = opened()) {
      Page page = tab.page();
      database.execute("update products set name = 'chosen' where id = 2");
      page.locator("#events button").first().click();
      assertThat(page.locator("#search")).hasValue("products/2");
      assertThat(page.locator("#found-value")).containsText("\"chosen\"");
      tab.assertClean();
    }
  }

  @Test
  void gap_isShownAndEnds() {
    try (Tab tab = opened()) {
      Page page = tab.page();
      listener.setMode(Mode.BLACKHOLE);
      assertThat(page.locator("#state-text")).hasText(Pattern.compile("^Gap: "));
      assertThat(page.locator("#state")).hasAttribute("data-kind", "bad");
      assertThat(page.locator("#events tr.gap-opened").first()).isVisible();
      assertThat(page.locator("#listener")).not().containsText("fresh");
      listener.setMode(Mode.PASS);
      assertThat(page.locator("#state-text")).hasText(FRESH);
      assertThat(page.locator("#events tr.gap-closed").first()).isVisible();
      assertThat(page.locator("#lag")).hasText(Pattern.compile("\\d ms"));
      tab.assertClean();
    }
  }

  @Test
  void peers_areShownWithTheirDeadLetters() {
    WebhookPeers.answer("moody", 500);
    try (Tab tab = opened()) {
      Page page = tab.page();
      database.execute("update products set name = 'told' where id = 3");
      Locator moody = page.locator("#peers tr[data-name=moody]");
      assertThat(moody.locator(".state")).hasText("open");
      assertThat(moody.locator("td.bad")).hasText(Pattern.compile("[1-9]\\d*"));
      assertThat(moody).containsText("500");
      assertThat(page.locator("#peers tr[data-name=search] .state")).hasText("ok");
      tab.assertClean();
    }
  }

  @Test
  void sidecarThatGoesAway_isSaidAndWhatWasMissedIsShownAfterwards() {
    try (FaultProxy between = FaultProxy.to(Sidecar.uri("/").getPort());
        Tab tab = opened(ColorScheme.LIGHT, "http://127.0.0.1:" + between.port() + "/")) {
      Page page = tab.page();
      database.execute("insert into products values (817, 'before', 1)");
      assertThat(events(page).first()).containsText("before");
      between.setMode(Mode.RESET);
      assertThat(page.locator("#state-text")).hasText("The sidecar does not answer; reconnecting");
      assertThat(page.locator("#state-next")).hasText(Pattern.compile("next try in \\d+ s"));
      database.execute("insert into products values (818, 'meanwhile', 1)");
      between.setMode(Mode.PASS);
      assertThat(page.locator("#state-text")).hasText(FRESH);
      assertThat(events(page).first()).containsText("meanwhile");
      database.execute("delete from products where id in (817, 818)");
      tab.assertClean();
    }
  }

  @Test
  void storm_ofEvictions_leavesThePageBoundedAndAlive() {
    try (Tab tab = opened()) {
      Page page = tab.page();
      for (int second = 0; second < 3; second++) {
        int first = 1000 * second + 100_000;
        evictOrders(first, first + 999);
        page.locator("#search").fill("plain/" + second);
        page.locator("#search").press("Enter");
        assertThat(page.locator("#found-status")).containsText("plain/" + second);
        assertThat(events(page).count()).isLessThanOrEqualTo(MOST_ROWS);
      }
      assertThat(page.locator("#events")).containsText("102999");
      assertThat(events(page)).hasCount(MOST_ROWS);

      page.locator("#pause").click();
      assertThat(page.locator("#pause")).hasAttribute("aria-pressed", "true");
      evictOrders(103_000, 103_000);
      assertThat(page.locator("#told")).containsText("five seconds");
      assertThat(page.locator("#events")).not().containsText("103000");
      page.locator("#pause").click();
      assertThat(page.locator("#events")).containsText("103000");
      tab.assertClean();
    }
  }

  private void evictOrders(int from, int to) {
    database.query(
        "select count(pg_notify('orders_changed',"
            + " json_build_object('tenant', 7, 'id', n)::text))::text from generate_series("
            + from
            + ", "
            + to
            + ") n");
  }

  @Test
  void thousandCaches_areShownAndStayInTheirPlace() {
    JsonObject answer = Sidecar.get("/v1/caches").json();
    JsonObject one = answer.getJsonArray("caches").getJsonObject(0);
    JsonArray many = new JsonArray();
    for (int i = 0; i < 1000; i++) {
      many.add(one.copy().put("name", "cache-%04d".formatted(i)));
    }
    String body = answer.put("caches", many).encode();
    try (Tab tab = browser.tab(ColorScheme.LIGHT)) {
      Page page = tab.page();
      page.route(
          "**/v1/caches",
          route ->
              route.fulfill(
                  new Route.FulfillOptions().setContentType("application/json").setBody(body)));
      page.navigate(Sidecar.uri("/").toString());
      assertThat(page.locator("#caches tr")).hasCount(1000);
      page.evaluate("document.querySelector('#caches tr').dataset.seen = 'yes'");
      page.waitForResponse("**/v1/caches", () -> {});
      page.waitForResponse("**/v1/caches", () -> {});
      assertThat(page.locator("#caches tr")).hasCount(1000);
      assertThat(page.locator("#caches tr[data-seen=yes]")).hasCount(1);
      tab.assertClean();
    }
  }

  @Test
  void narrowWindow_withLongKeys_isNotWiderThanItself() {
    try (Tab tab = opened()) {
      Page page = tab.page();
      page.setViewportSize(360, 740);
      String key = "long-".repeat(100);
      database.query("select pg_notify('stale_products', '" + key + "')::text");
      Locator named = page.locator("#events button");
      assertThat(named.filter(new Locator.FilterOptions().setHasText(key)).first()).isVisible();
      page.locator("#search").fill("plain/" + key);
      page.locator("#search").press("Enter");
      assertThat(page.locator("#found-status")).containsText("long-long-");
      assertThat(
              page.evaluate(
                  "document.documentElement.scrollWidth"
                      + " - document.documentElement.clientWidth"))
          .isEqualTo(0);
      tab.assertAccessible();
      tab.assertClean();
    }
  }

  @Test
  void lessMotion_whereItIsAskedFor() {
    try (Tab tab = opened()) {
      Page page = tab.page();
      database.execute("update products set name = 'moving' where id = 4");
      Locator row = events(page).first();
      assertThat(row).containsText("moving");
      String animation = "e => getComputedStyle(e).animationName";
      assertThat(row.evaluate(animation)).isEqualTo("flash");
      page.emulateMedia(new Page.EmulateMediaOptions().setReducedMotion(ReducedMotion.REDUCE));
      assertThat(row.evaluate(animation)).isEqualTo("none");
    }
  }

  /** Two minutes of a browser's time, in which something is read, changed and missed. */
  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void eitherColours_withAllThereIsToSee_areAccessible(ColorScheme colours) {
    WebhookPeers.answer("moody", 500);
    try (Tab tab = browser.tab(colours)) {
      Page page = tab.page();
      page.clock().install();
      page.navigate(Sidecar.uri("/").toString());
      assertThat(page.locator("#state-text")).hasText(FRESH);
      for (int i = 0; i < 60; i++) {
        read(i);
        page.waitForResponse("**/v1/webhooks", () -> page.clock().runFor(2000));
      }
      page.clock().resume();
      assertThat(page.locator("#state-text")).hasText(FRESH);
      for (int id = 1; id < 4; id++) {
        database.execute(
            "insert into products values (%d, '%s', %d.50)"
                .formatted(900 + id, List.of("Kettle", "Teapot", "Mug").get(id - 1), 10 * id));
      }
      database.execute("delete from products where id > 900");
      database.execute("update orders set note = 'paid' where id = 4");
      page.locator("#search").fill("products/7");
      page.locator("#search").press("Enter");
      assertThat(page.locator("#found-value")).isVisible();
      assertThat(page.locator("#events")).containsText("no such row");
      assertThat(page.locator("#peers td.bad")).isVisible();
      assertThat(page.locator("#rates-key li").first()).containsText("%");
      assertThat(page.locator("#rates")).hasAttribute("aria-label", Pattern.compile("products"));
      tab.assertAccessible();

      String name = colours == ColorScheme.DARK ? "page-dark" : "page";
      page.evaluate("scrollTo(0, 0)");
      picture(page, name);
      page.locator("#evict").click();
      tab.assertAccessible();
      picture(page, name + "-question");
      page.keyboard().press("Escape");
      assertThat(page.locator("#sure")).isHidden();
      page.setViewportSize(390, 844);
      tab.assertAccessible();
      picture(page, name + "-narrow");
      tab.assertClean();
    }
  }

  private static void read(int turn) {
    for (int n = 0; n < 6; n++) {
      Sidecar.get("/v1/caches/products/entries/" + (1 + (turn * (1 + n % 2) + n * n) % 40));
      Sidecar.get("/v1/caches/stale/entries/" + (1 + (turn + n) % (turn < 30 ? 60 : 12)));
    }
  }

  private static void picture(Page page, String name) {
    page.screenshot(
        new Page.ScreenshotOptions().setFullPage(true).setPath(Path.of("target", name + ".png")));
  }
}
