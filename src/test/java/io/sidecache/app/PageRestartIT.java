/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import io.sidecache.testing.Browser;
import io.sidecache.testing.Browser.Tab;
import io.sidecache.testing.TestPostgres;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The page of what is shipped, over the death and the next start of its sidecar. */
final class PageRestartIT {
  private static final Pattern FRESH = Pattern.compile("^Fresh: ");

  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("page");
  private final int port = RunningSidecar.freePort();

  @Test
  void sidecar_killedAndStartedAgain_isSaidAndFollowedAgain() {
    database.execute("create table item (id int primary key, v text not null)");
    try (Browser browser = Browser.start();
        Tab tab = browser.tab(ColorScheme.LIGHT)) {
      Page page = tab.page();
      Locator state = page.locator("#state-text");
      try (RunningSidecar first = start()) {
        page.navigate(first.uri("/").toString());
        assertThat(state).hasText(FRESH);
        assertThat(page.locator("#lags canvas")).isVisible();
        insert(1);
        assertThat(page.locator("#events")).containsText("item 1");
      }
      assertThat(state).hasText("The sidecar does not answer; reconnecting");
      insert(2);
      try (RunningSidecar _ = start()) {
        assertThat(state).hasText(FRESH);
        // What the first would have told, this one cannot know.
        assertThat(page.locator("#events tr.reset")).not().hasCount(0);
        insert(3);
        assertThat(page.locator("#events")).containsText("item 3");
        page.locator("#search").fill("items/2");
        page.locator("#search").press("Enter");
        assertThat(page.locator("#found-value")).hasText("\"item 2\"");
      }
      tab.assertClean();
    }
  }

  private RunningSidecar start() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("quarkus.datasource.jdbc.url", database.url());
    settings.put("quarkus.datasource.username", TestPostgres.Database.USER);
    settings.put("quarkus.datasource.password", "none");
    settings.put("sidecache.channels.items_changed.cache", "items");
    settings.put("sidecache.channels.items_changed.format", "key");
    settings.put(
        "sidecache.caches.items.load", "select to_jsonb(v) from item where id = ?::bigint");
    return RunningSidecar.start(port, settings);
  }

  private void insert(int id) {
    database.execute(
        "begin; insert into item values (%d, 'item %d'); notify items_changed, '%d'; commit"
            .formatted(id, id, id));
  }
}
