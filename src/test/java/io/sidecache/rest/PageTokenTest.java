/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.LogCapture;
import io.sidecache.app.Sidecar;
import io.sidecache.testing.Browser;
import io.sidecache.testing.Browser.Tab;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The page before an API that asks for a token. */
@QuarkusTest
@TestProfile(GuardedProfile.class)
final class PageTokenTest {
  private static final Pattern FRESH = Pattern.compile("^Fresh: ");

  @ParameterizedTest
  @EnumSource(
      value = ColorScheme.class,
      names = {"LIGHT", "DARK"})
  void token_isAskedForAndKeptInTheTabAlone(ColorScheme colours) {
    try (LogCapture log = LogCapture.start();
        Browser browser = Browser.start();
        Tab tab = browser.tab(colours)) {
      Page page = tab.page();
      Locator token = page.getByLabel("API token");
      page.navigate("http://127.0.0.1:" + Sidecar.uri("/").getPort() + "/");
      assertThat(token).isFocused();
      assertThat(page.locator("#board")).isHidden();
      assertThat(page.locator("#state-text")).hasText("A token is needed");
      tab.assertAccessible();

      token.fill("canary-token-of-nobody");
      token.press("Enter");
      assertThat(page.getByRole(com.microsoft.playwright.options.AriaRole.ALERT))
          .hasText("That token was not accepted.");
      tab.assertAccessible();
      assertThat(page.evaluate("sessionStorage.length")).isEqualTo(0);

      token.fill(GuardedProfile.NEW);
      token.press("Enter");
      assertThat(page.locator("#state-text")).hasText(FRESH);
      assertThat(page.locator("#sign-in")).isHidden();
      assertThat(page.locator("#caches tr").first()).isVisible();

      page.reload();
      assertThat(page.locator("#state-text")).hasText(FRESH);
      assertThat(page.content()).doesNotContain(GuardedProfile.NEW);
      assertThat(page.evaluate("localStorage.length + document.cookie.length")).isEqualTo(0);

      page.locator("#sign-out").click();
      assertThat(token).isVisible();
      assertThat(page.evaluate("sessionStorage.length")).isEqualTo(0);

      assertThat(page.url()).doesNotContain("token");
      assertThat(tab.requested()).noneMatch(url -> url.contains("canary"));
      assertThat(log.lines()).noneMatch(line -> line.contains("canary-token"));
      tab.assertClean();
    }
  }
}
