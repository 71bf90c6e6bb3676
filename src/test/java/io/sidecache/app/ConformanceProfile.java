/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.source.webhook.Signed;
import io.sidecache.testing.FaultProxy;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An application with all that the contract of the HTTP interface speaks of. */
public class ConformanceProfile implements QuarkusTestProfile {
  /** What {@code maximum-entry-size} of the cache {@code orders} is. */
  public static final int ORDER_BYTES = ArticleProfile.ORDER_BYTES;

  /** The advisory lock that a load of the cache {@code gated} waits for. */
  public static final int GATE = 4712;

  private static final byte[] KEY =
      "the key of the sender billing---".getBytes(StandardCharsets.UTF_8);

  /** The sender's key. */
  public static byte[] key() {
    return KEY.clone();
  }

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.putAll(ArticleProfile.article());
    settings.putAll(GapProfile.impatient());
    settings.put("sidecache.listener.heartbeat-timeout", "2s");
    String load = "load=select to_jsonb(p) from products p where p.id = ?::bigint";
    ArticleProfile.cache(settings, "plain", "maximum-size=10000");
    ArticleProfile.cache(settings, "tiny", "maximum-size=1");
    ArticleProfile.cache(settings, "unfenced", "maximum-size=1000", "unfenced-fills=true");
    ArticleProfile.cache(
        settings, "kept", "maximum-size=1000", "on-gap=serve-stale", "max-stale=10m");
    ArticleProfile.cache(settings, "brief", load, "on-gap=serve-stale", "max-stale=4s");
    ArticleProfile.cache(settings, "failing", "load=select 1 / 0 where ? is not null");
    ArticleProfile.cache(
        settings,
        "names",
        "load=select name, array['list'] as groups from products" + " where id = ?::bigint");
    ArticleProfile.cache(
        settings, "bytes", "load=select name::bytea from products where id = ?::bigint");
    ArticleProfile.cache(
        settings,
        "gated",
        "load=select 'let in' from pg_advisory_xact_lock_shared(" + GATE + ") where ? <> ''",
        "max-concurrent-loads=1",
        "load-timeout=60s");
    settings.put("sidecache.channels.brief_products.cache", "brief");
    settings.put("sidecache.events.replay", "500");
    settings.put("sidecache.senders.billing.secret", Signed.secret(key()));
    settings.put("sidecache.instance", "side-1");
    settings.put("sidecache.shutdown-drain", "200ms");
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
                "true")),
        new TestResourceEntry(ConformancePeers.class));
  }
}
