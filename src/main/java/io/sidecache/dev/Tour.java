/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.dev;

import io.quarkus.arc.profile.IfBuildProfile;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;

/** The running application of the development mode: it says what to try, once, and waits. */
@IfBuildProfile("dev")
public final class Tour implements QuarkusApplication {
  private static final String TOLD = "sidecache-dev.tour-told";

  @Override
  public int run(String... arguments) {
    if (System.setProperty(TOLD, "true") == null) {
      // Not the log: people copy from here, and a log line's prefix would be in the way.
      System.out.println(text(ConfigProvider.getConfig()));
    }
    Quarkus.waitForExit();
    return 0;
  }

  private static String text(Config config) {
    int apiPort = config.getValue("quarkus.http.port", Integer.class);
    int managementPort = config.getValue("quarkus.management.port", Integer.class);
    return DevelopmentDatabase.embeddedClientUrl()
        .map(url -> withDemoData(apiPort, managementPort, url))
        .orElseGet(() -> withOwnDatabase(apiPort, managementPort));
  }

  private static String withDemoData(int apiPort, int managementPort, String clientUrl) {
    return """

    Sidecache is running, beside an embedded PostgreSQL with demonstration data.

    Read a product, twice; the second answer comes from memory (see Cache-Status):
      curl -i http://127.0.0.1:%1$d/v1/caches/products/entries/42

    Change its row, and read again:
      psql '%3$s' -c 'update products set price = price + 1 where id = 42'
      curl -i http://127.0.0.1:%1$d/v1/caches/products/entries/42

    Watch a table without a trigger of your own:
      psql '%3$s' -c "select sidecache.attach('products', cache => 'products')"

    Look at the listener and at the figures:
      curl http://127.0.0.1:%2$d/q/health
      curl http://127.0.0.1:%2$d/q/metrics

    The database trusts its loopback address, asks for no password, and is gone when you stop
    (Ctrl-C).
    """
        .formatted(apiPort, managementPort, clientUrl);
  }

  private static String withOwnDatabase(int apiPort, int managementPort) {
    return """

    Sidecache is running, beside the database that you configured.

    Schema sidecache was made in it (not with sidecache.schema.migrate=false), and nothing else;
    src/main/resources/dev holds the demonstration's tables and triggers.
      curl http://127.0.0.1:%2$d/q/health
      curl -i http://127.0.0.1:%1$d/v1/caches/products/entries/42
    """
        .formatted(apiPort, managementPort);
  }
}
