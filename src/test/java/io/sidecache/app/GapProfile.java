/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.testing.FaultProxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An application whose connections to PostgreSQL can be broken, and that notices soon. */
public class GapProfile implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.putAll(ArticleProfile.article());
    settings.putAll(impatient());
    // Most tests have the schema; these are the ones that go without.
    settings.put("sidecache.schema.migrate", "false");
    String load = "load=select to_jsonb(p) from products p where p.id = ?::bigint";
    ArticleProfile.cache(settings, "stale", load, "on-gap=serve-stale", "max-stale=10m");
    ArticleProfile.cache(settings, "brief", load, "on-gap=serve-stale", "max-stale=5s");
    ArticleProfile.cache(settings, "plain", "maximum-size=1000");
    ArticleProfile.cache(
        settings, "kept", "maximum-size=1000", "on-gap=serve-stale", "max-stale=10m");
    // PostgreSQL's message quotes the key of this one (22P02).
    ArticleProfile.cache(settings, "quoting", "load=select (? || '')::integer::text");
    settings.put("sidecache.channels.stale_products.caches", "stale,brief,plain,kept");
    return settings;
  }

  static Map<String, String> impatient() {
    return Map.of(
        "sidecache.listener.heartbeat-interval", "100ms",
        "sidecache.listener.heartbeat-timeout", "1s",
        "sidecache.listener.reconnect-initial", "20ms",
        "sidecache.listener.reconnect-max", "200ms",
        "sidecache.listener.barrier-timeout", "5s");
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(
        new TestResourceEntry(
            ArticleDatabase.class, Map.of(ArticleDatabase.PROXIES, FaultProxy.Mode.PASS.name())));
  }
}
