/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.testing.FaultProxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An application with the schema {@code sidecache} in its database, whose connections can be slowed
 * down, for the promises that are made on demand.
 */
public class ConsistencyProfile implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.putAll(ArticleProfile.article());
    settings.put("sidecache.listener.heartbeat-interval", "200ms");
    settings.put("sidecache.listener.barrier-timeout", "2s");
    ArticleProfile.cache(settings, "plain", "maximum-size=1000");
    ArticleProfile.cache(settings, "unfenced", "maximum-size=1000", "unfenced-fills=true");
    ArticleProfile.cache(
        settings,
        "listings",
        "load=select p.name, array['list', 'of ' || p.price] as groups from products p"
            + " where p.id = ?::bigint");
    // No key casts: the entry is for the audit alone, whose answer is another each time.
    ArticleProfile.cache(settings, "volatile", "load=select random()::text where ? <> ''");
    settings.put("sidecache.audit.keys-per-minute", "600");
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(
        new TestResourceEntry(
            ArticleDatabase.class,
            Map.of(
                ArticleDatabase.PROXIES,
                FaultProxy.Mode.PASS.name(),
                ArticleDatabase.SCHEMA,
                "true")));
  }
}
