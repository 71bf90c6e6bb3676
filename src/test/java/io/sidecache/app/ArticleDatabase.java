/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.TestPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * A database with the article's table and triggers for one application under test, on the server
 * that all tests of the process share.
 *
 * <p>With the argument {@link #PROXIES}, the pool and the listener reach it through a {@link
 * FaultProxy} each, whose mode at the start is the argument's value.
 */
public final class ArticleDatabase implements QuarkusTestResourceLifecycleManager {
  /** Names the argument that puts proxies in between; its value is their first mode. */
  public static final String PROXIES = "proxies";

  /** Names the argument that installs the schema {@code sidecache}; any value does. */
  public static final String SCHEMA = "schema";

  /** Names the argument whose value becomes a password in the database's URL. */
  public static final String URL_PASSWORD = "url-password";

  /** Stands where a password stands; no output may ever show it. */
  public static final String PASSWORD = "canary-password-5f1e";

  private static final String PORT = "test.database.port";
  private static final String NAME = "test.database.name";
  private static final String POOL_PROXY = "test.proxy.pool";
  private static final String LISTENER_PROXY = "test.proxy.listener";
  private static final Map<String, FaultProxy> PROXIES_BY_PORT = new ConcurrentHashMap<>();

  private final Map<String, FaultProxy> own = new HashMap<>();
  private String firstMode = "";
  private boolean withSchema;
  private String urlPassword = "";

  @Override
  public void init(Map<String, String> arguments) {
    firstMode = arguments.getOrDefault(PROXIES, "");
    withSchema = arguments.containsKey(SCHEMA);
    urlPassword = arguments.getOrDefault(URL_PASSWORD, "");
  }

  @Override
  public Map<String, String> start() {
    TestPostgres.Database database = TestPostgres.shared().createDatabase("article");
    database.execute(script("/article.sql"));
    if (withSchema) {
      database.execute(script("/db/sidecache/V1__sidecache.sql"));
    }
    Map<String, String> settings = new HashMap<>();
    settings.put(PORT, Integer.toString(database.port()));
    settings.put(NAME, database.name());
    settings.put("quarkus.datasource.username", TestPostgres.Database.USER);
    settings.put("quarkus.datasource.password", PASSWORD);
    settings.put(
        "quarkus.datasource.jdbc.url",
        database.url() + (urlPassword.isEmpty() ? "" : "&password=" + urlPassword));
    if (!firstMode.isEmpty()) {
      int pool = proxy(database.port());
      int listener = proxy(database.port());
      settings.put("quarkus.datasource.jdbc.url", database.urlThrough(pool));
      settings.put("sidecache.listener.url", database.urlThrough(listener));
      settings.put(POOL_PROXY, Integer.toString(pool));
      settings.put(LISTENER_PROXY, Integer.toString(listener));
    }
    return settings;
  }

  private int proxy(int target) {
    FaultProxy proxy = FaultProxy.to(target);
    proxy.setMode(FaultProxy.Mode.valueOf(firstMode));
    String port = Integer.toString(proxy.port());
    own.put(port, proxy);
    PROXIES_BY_PORT.put(port, proxy);
    return proxy.port();
  }

  private static String script(String name) {
    try (InputStream script = ArticleDatabase.class.getResourceAsStream(name)) {
      return new String(
          Objects.requireNonNull(script, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void stop() {
    own.keySet().forEach(PROXIES_BY_PORT::remove);
    own.values().forEach(FaultProxy::close);
  }

  /** The running application's database, reached without a proxy. */
  public static TestPostgres.Database database() {
    return new TestPostgres.Database("127.0.0.1", Integer.parseInt(setting(PORT)), setting(NAME));
  }

  /** What stands between the running application's pool and its database. */
  public static FaultProxy poolProxy() {
    return proxy(POOL_PROXY);
  }

  /** What stands between the running application's listener and its database. */
  public static FaultProxy listenerProxy() {
    return proxy(LISTENER_PROXY);
  }

  private static FaultProxy proxy(String name) {
    return Objects.requireNonNull(PROXIES_BY_PORT.get(setting(name)), name);
  }

  private static String setting(String name) {
    return ConfigProvider.getConfig().getValue(name, String.class);
  }
}
