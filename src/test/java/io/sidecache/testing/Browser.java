/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.setDefaultAssertionTimeout;
import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Debian's Chromium without a window, driven by Playwright. Used by one thread; fails where
 * Chromium is not installed.
 */
public final class Browser implements AutoCloseable {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final double LIMIT_MILLIS = 30_000;

  private final Playwright playwright;
  private final com.microsoft.playwright.Browser chromium;

  private Browser(Playwright playwright) {
    this.playwright = playwright;
    this.chromium =
        playwright
            .chromium()
            .launch(
                new LaunchOptions()
                    .setExecutablePath(CHROMIUM)
                    .setChromiumSandbox(false) // it does not run as root
                    .setArgs(
                        List.of(
                            "--disable-gpu",
                            "--disable-quic",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-sync",
                            "--no-first-run")));
  }

  /** Starts it, with a profile that is empty. */
  public static Browser start() {
    setDefaultAssertionTimeout(LIMIT_MILLIS);
    return new Browser(
        Playwright.create(
            new Playwright.CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))));
  }

  /** A tab with nothing stored, in a window as wide as most. */
  public Tab tab(ColorScheme colours) {
    return new Tab(
        chromium.newContext(
            new com.microsoft.playwright.Browser.NewContextOptions()
                .setColorScheme(colours)
                .setViewportSize(1280, 900)));
  }

  @Override
  public void close() {
    chromium.close();
    playwright.close();
  }

  /** One tab, and what it asked for and what went wrong in it since it was opened. */
  public static final class Tab implements AutoCloseable {
    private final BrowserContext context;
    private final Page page;
    private final List<String> requested = new ArrayList<>();
    private final List<String> wrong = new ArrayList<>();

    private Tab(BrowserContext context) {
      this.context = context;
      context.setDefaultTimeout(LIMIT_MILLIS);
      context.onRequest(request -> requested.add(request.url()));
      // What the browser itself says of the policy, also where the console does not.
      context.addInitScript(
          "addEventListener('securitypolicyviolation',"
              + " (e) => console.error('policy', e.violatedDirective, e.blockedURI, e.sample))");
      this.page = context.newPage();
      page.onPageError(wrong::add);
      page.onConsoleMessage(this::said);
    }

    private void said(ConsoleMessage message) {
      // An answer that is an error, or none, is told by the page.
      if (message.type().equals("error") && !message.text().startsWith("Failed to load resource")) {
        wrong.add(message.text());
      }
    }

    public Page page() {
      return page;
    }

    /** What was asked of any server, as URLs, in order. */
    public List<String> requested() {
      return List.copyOf(requested);
    }

    /**
     * Asserts that nothing went wrong, no policy was violated, and that nobody was asked but who
     * served the page.
     */
    public void assertClean() {
      assertThat(wrong).isEmpty();
      URI ours = URI.create(page.url()).resolve("/");
      assertThat(requested)
          .isNotEmpty()
          .allMatch(url -> url.startsWith("data:") || url.startsWith(ours.toString()));
    }

    /** Asserts that axe-core finds nothing that keeps anybody from using the page. */
    public void assertAccessible() {
      assertThat(new AxeBuilder(page).analyze().getViolations())
          .as("violations found by axe-core")
          .isEmpty();
    }

    @Override
    public void close() {
      context.close();
    }
  }
}
