/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The article's configuration, and beside it one cache for each kind of trouble. Most tests run
 * against one application of this profile.
 */
public class ArticleProfile implements QuarkusTestProfile {
  /** What {@code maximum-entry-size} of the cache {@code orders} is. */
  public static final int ORDER_BYTES = 16 * 1024;

  /** The advisory lock that a load of the cache {@code gated} waits for. */
  public static final int GATE = 4711;

  /** A channel's name of 63 bytes, which is the most that PostgreSQL takes. */
  public static final String LONGEST_CHANNEL = "Ø".repeat(31) + "!";

  /** A channel's name with all that a careless LISTEN would trip over. */
  public static final String ODD_CHANNEL = "Odd.\"Name\"; 'x' -- Ü";

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(anyPorts());
    settings.putAll(article());
    // Off unless somebody turns it on, for whom it has to work.
    settings.put("quarkus.http.http2", "true");
    cache(settings, "plain", "maximum-size=1000");
    cache(settings, "unfenced", "maximum-size=1000", "unfenced-fills=true");
    cache(settings, "shouted", "maximum-size=1000");
    cache(settings, "failing", "load=select 1 / 0 where ? is not null");
    cache(settings, "tableless", "load=select v from no_such_table where id = ?");
    cache(settings, "double", "load=select v from generate_series(1, 2) v where ? is not null");
    cache(
        settings,
        "slow",
        "load=select 'late' from pg_sleep(30) where ? is not null",
        "load-timeout=200ms");
    cache(
        settings,
        "gated",
        "load=select 'let in' from pg_advisory_xact_lock_shared(" + GATE + ") where ? <> ''",
        "max-concurrent-loads=1",
        "load-timeout=60s");
    // What the table "control" holds no trigger tells.
    String controlled =
        "load=select p.name || c.note from products p, control c"
            + " where p.id = ?::bigint and 1 / c.works = 1";
    cache(
        settings,
        "meanwhile",
        controlled,
        "expire-after-write=500ms",
        "expiry-jitter=0",
        "stale-while-revalidate=1h");
    cache(settings, "anyway", controlled, "expire-after-write=500ms", "stale-if-error=1h");
    cache(settings, "ahead", controlled, "refresh-after-write=300ms");
    cache(settings, "odd", "maximum-size=1000");
    cache(settings, "even", "maximum-size=1000");
    settings.put("sidecache.channels.\"Loud.Channel\".cache", "shouted");
    settings.put("sidecache.channels.long.name", LONGEST_CHANNEL);
    settings.put("sidecache.channels.long.cache", "shouted");
    settings.put("sidecache.channels.numbers.name", ODD_CHANNEL);
    settings.put("sidecache.channels.numbers.caches", "odd,even");
    return settings;
  }

  /** Ports that nobody else has. */
  static Map<String, String> anyPorts() {
    return Map.of("quarkus.http.test-port", "0", "quarkus.management.test-port", "0");
  }

  /** The two caches and channels of the article. */
  static Map<String, String> article() {
    Map<String, String> settings = new LinkedHashMap<>();
    cache(
        settings,
        "products",
        "load=select to_jsonb(p) from products p where p.id = ?::bigint",
        "maximum-weight=64M",
        "expire-after-write=10m",
        "negative-ttl=30s");
    cache(settings, "orders", "maximum-size=100000", "maximum-entry-size=" + ORDER_BYTES);
    // A busy machine must not look like a lost connection where no test breaks one.
    settings.put("sidecache.listener.heartbeat-timeout", "20s");
    settings.put("sidecache.channels.new_product_channel.cache", "products");
    settings.put("sidecache.channels.new_product_channel.format", "key");
    settings.put("sidecache.channels.orders_changed.cache", "orders");
    settings.put("sidecache.channels.orders_changed.format", "json");
    settings.put("sidecache.channels.orders_changed.key", "/tenant,/id");
    return settings;
  }

  static void cache(Map<String, String> settings, String name, String... lines) {
    for (String line : lines) {
      int equals = line.indexOf('=');
      settings.put(
          "sidecache.caches." + name + "." + line.substring(0, equals), line.substring(equals + 1));
    }
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(new TestResourceEntry(ArticleDatabase.class));
  }
}
