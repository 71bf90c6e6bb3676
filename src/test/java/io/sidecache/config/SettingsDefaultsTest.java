/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import static io.sidecache.config.ConfigFixture.named;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pins every setting's name and default: both are a contract with those who run us. */
final class SettingsDefaultsTest {
  private static final String SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

  /** A setting, what it must be by default, another value, and what that must become. */
  static Stream<Arguments> settings() {
    return Stream.of(
        row("sidecache.instance", "host-7", Settings::instance, "pod-1", "pod-1"),
        row("sidecache.source", SourceKind.POSTGRES, Settings::source, null, null),
        row(
            "sidecache.listener.url",
            Optional.empty(),
            s -> s.listener().url(),
            "jdbc:postgresql://db/app",
            Optional.of("jdbc:postgresql://db/app")),
        row(
            "sidecache.listener.heartbeat-interval",
            Duration.ofSeconds(1),
            s -> s.listener().heartbeatInterval(),
            "1500ms",
            Duration.ofMillis(1500)),
        row(
            "sidecache.listener.heartbeat-timeout",
            Duration.ofSeconds(3),
            s -> s.listener().heartbeatTimeout(),
            "PT10S",
            Duration.ofSeconds(10)),
        row(
            "sidecache.listener.reconnect-initial",
            Duration.ofMillis(100),
            s -> s.listener().reconnectInitial(),
            "5ms",
            Duration.ofMillis(5)),
        row(
            "sidecache.listener.reconnect-max",
            Duration.ofSeconds(10),
            s -> s.listener().reconnectMax(),
            "30s",
            Duration.ofSeconds(30)),
        row(
            "sidecache.listener.queue-capacity",
            65_536,
            s -> s.listener().queueCapacity(),
            "16",
            16),
        row(
            "sidecache.listener.barrier-timeout",
            Duration.ofSeconds(2),
            s -> s.listener().barrierTimeout(),
            "1s",
            Duration.ofSeconds(1)),
        row("sidecache.log.enabled", true, s -> s.log().enabled(), "false", false),
        row(
            "sidecache.log.retention",
            Duration.ofHours(1),
            s -> s.log().retention(),
            "7d",
            Duration.ofDays(7)),
        row(
            "sidecache.schema.migrate",
            Optional.empty(),
            s -> s.schema().migrate(),
            "true",
            Optional.of(true)),
        row(
            "sidecache.health.stuck-after",
            Duration.ofSeconds(60),
            s -> s.health().stuckAfter(),
            "2m",
            Duration.ofMinutes(2)),
        row(
            "sidecache.health.disconnected-down-after",
            Duration.ofMinutes(5),
            s -> s.health().disconnectedDownAfter(),
            "365d",
            Duration.ofDays(365)),
        row(
            "sidecache.health.ready-during-gap",
            true,
            s -> s.health().readyDuringGap(),
            "false",
            false),
        row("sidecache.events.replay", 10_000, s -> s.events().replay(), "1", 1),
        row(
            "sidecache.events.maximum-subscribers",
            2000,
            s -> s.events().maximumSubscribers(),
            "100000",
            100_000),
        row(
            "sidecache.tracing.endpoint",
            Optional.empty(),
            s -> s.tracing().endpoint(),
            "http://collector:4318/v1/traces",
            Optional.of(URI.create("http://collector:4318/v1/traces"))),
        row("sidecache.tracing.sample-percent", 100, s -> s.tracing().samplePercent(), "1", 1),
        row("sidecache.audit.keys-per-minute", 6, s -> s.audit().keysPerMinute(), "0", 0),
        row(
            "sidecache.api.token",
            List.of(),
            s -> s.api().tokens().stream().map(t -> new String(t.bytes(), UTF_8)).toList(),
            "0123456789abcdef,fedcba9876543210",
            List.of("0123456789abcdef", "fedcba9876543210")),
        row(
            "sidecache.api.client-auth",
            false,
            s -> s.api().clientCertificates(),
            "required",
            true),
        row(
            "sidecache.api.request-timeout",
            Duration.ofSeconds(10),
            s -> s.api().requestTimeout(),
            "30s",
            Duration.ofSeconds(30)),
        row("sidecache.channels.c.name", "c", s -> channel(s).name(), "A.b\"C", "A.b\"C"),
        row(
            "sidecache.channels.c.format",
            new ChannelSettings.Format.WholePayload(),
            s -> channel(s).format(),
            null,
            null),
        row(
            "sidecache.channels.c.cache",
            List.of("a"),
            s -> channel(s).caches(),
            "b",
            List.of("b")),
        row("sidecache.channels.c.caches", null, Settings::caches, null, null),
        row("sidecache.channels.c.key", null, Settings::caches, null, null),
        row(
            "sidecache.caches.a.maximum-weight",
            new CacheSettings.Limit.Weight(64 << 20),
            s -> cache(s).limit(),
            "1G",
            new CacheSettings.Limit.Weight(1 << 30)),
        row(
            "sidecache.caches.a.maximum-size",
            new CacheSettings.Limit.Weight(64 << 20),
            s -> cache(s).limit(),
            "100000",
            new CacheSettings.Limit.Entries(100_000)),
        row(
            "sidecache.caches.a.maximum-entry-size",
            1L << 20,
            s -> cache(s).maximumEntryBytes(),
            "512K",
            512L << 10),
        row(
            "sidecache.caches.a.expire-after-write",
            Optional.empty(),
            s -> cache(s).expireAfterWrite(),
            "10m",
            Optional.of(Duration.ofMinutes(10))),
        row(
            "sidecache.caches.a.expire-after-access",
            Optional.empty(),
            s -> cache(s).expireAfterAccess(),
            "1h30m",
            Optional.of(Duration.ofMinutes(90))),
        row("sidecache.caches.a.expiry-jitter", 10, s -> cache(s).expiryJitterPercent(), "0", 0),
        row(
            "sidecache.caches.a.refresh-after-write",
            Optional.empty(),
            s -> cache(s).refreshAfterWrite(),
            "5m",
            Optional.of(Duration.ofMinutes(5))),
        row(
            "sidecache.caches.a.load",
            "select ?",
            s -> load(s).sql(),
            "select 1 where ? = 1",
            "select 1 where ? = 1"),
        row(
            "sidecache.caches.a.load-timeout",
            Duration.ofSeconds(2),
            s -> load(s).timeout(),
            "500ms",
            Duration.ofMillis(500)),
        row("sidecache.caches.a.max-concurrent-loads", 16, s -> load(s).maxConcurrent(), "2", 2),
        row(
            "sidecache.caches.a.negative-ttl",
            Duration.ofSeconds(30),
            s -> load(s).negativeTtl(),
            "0s",
            Duration.ZERO),
        row(
            "sidecache.caches.a.on-gap",
            new CacheSettings.OnGap.Bypass(),
            s -> cache(s).onGap(),
            "bypass",
            new CacheSettings.OnGap.Bypass()),
        row("sidecache.caches.a.max-stale", null, Settings::caches, null, null),
        row(
            "sidecache.caches.a.unfenced-fills",
            false,
            s -> cache(s).unfencedFills(),
            "true",
            true),
        row(
            "sidecache.caches.a.stale-while-revalidate",
            Optional.empty(),
            s -> cache(s).staleWhileRevalidate(),
            "10s",
            Optional.of(Duration.ofSeconds(10))),
        row(
            "sidecache.caches.a.stale-if-error",
            Optional.empty(),
            s -> cache(s).staleIfError(),
            "1d",
            Optional.of(Duration.ofDays(1))),
        row(
            "sidecache.webhooks.w.url",
            "https://peer/hook",
            s -> webhook(s).url().toString(),
            "http://[::1]:80/x?y=z",
            "http://[::1]:80/x?y=z"),
        row("sidecache.webhooks.w.caches", List.of(), s -> webhook(s).caches(), "a,b", A_B),
        row("sidecache.webhooks.w.groups", List.of(), s -> webhook(s).groups(), "a,b", A_B),
        row("sidecache.webhooks.w.secret", 1, s -> webhook(s).secrets().size(), TWO_SECRETS, 2),
        row(
            "sidecache.webhooks.w.linger",
            Duration.ofMillis(10),
            s -> webhook(s).delivery().linger(),
            "0s",
            Duration.ZERO),
        row(
            "sidecache.webhooks.w.max-batch-size",
            100,
            s -> webhook(s).delivery().maxBatchSize(),
            "1",
            1),
        row(
            "sidecache.webhooks.w.max-batch-bytes",
            256 * 1024,
            s -> webhook(s).delivery().maxBatchBytes(),
            "16M",
            16 * 1024 * 1024),
        row(
            "sidecache.webhooks.w.queue-capacity",
            10_000,
            s -> webhook(s).delivery().queueCapacity(),
            "100",
            100),
        row(
            "sidecache.webhooks.w.connect-timeout",
            Duration.ofSeconds(2),
            s -> webhook(s).delivery().connectTimeout(),
            "1s",
            Duration.ofSeconds(1)),
        row(
            "sidecache.webhooks.w.read-timeout",
            Duration.ofSeconds(5),
            s -> webhook(s).delivery().readTimeout(),
            "1s",
            Duration.ofSeconds(1)),
        row(
            "sidecache.webhooks.w.request-timeout",
            Duration.ofSeconds(10),
            s -> webhook(s).delivery().requestTimeout(),
            "1m",
            Duration.ofMinutes(1)),
        row(
            "sidecache.webhooks.w.max-attempts",
            8,
            s -> webhook(s).delivery().maxAttempts(),
            "1",
            1),
        row(
            "sidecache.webhooks.w.retry-initial",
            Duration.ofMillis(200),
            s -> webhook(s).delivery().retryInitial(),
            "1s",
            Duration.ofSeconds(1)),
        row(
            "sidecache.webhooks.w.retry-max",
            Duration.ofSeconds(30),
            s -> webhook(s).delivery().retryMax(),
            "5m",
            Duration.ofMinutes(5)),
        row(
            "sidecache.webhooks.w.dead-letters",
            100,
            s -> webhook(s).delivery().deadLetters(),
            "0",
            0),
        row(
            "sidecache.webhooks.w.tls-configuration-name",
            Optional.empty(),
            s -> webhook(s).tlsConfigurationName(),
            "inner",
            Optional.of("inner")),
        row(
            "sidecache.shutdown-drain",
            Duration.ofSeconds(5),
            Settings::shutdownDrain,
            "0s",
            Duration.ZERO),
        row(
            "sidecache.senders.s.secret",
            1,
            s -> named(s.senders(), "s").secrets().size(),
            TWO_SECRETS,
            2));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void read_setting_hasDefaultAndTakesValue(
      String name,
      @Nullable Object byDefault,
      Function<Settings, ?> get,
      @Nullable String text,
      @Nullable Object value) {
    if (byDefault != null) {
      assertThat(get.apply(base().read())).as("default of %s", name).isEqualTo(byDefault);
    }
    if (text != null) {
      assertThat(get.apply(base().property(name, text).read())).as(name).isEqualTo(value);
    }
  }

  @Test
  void table_everySettingOfTheMapping_isPinned() {
    Set<String> pinned = new TreeSet<>();
    settings().forEach(row -> pinned.add((String) row.get()[0]));

    Set<String> table = new TreeSet<>();
    SettingNames.SINGLE.keySet().forEach(name -> table.add(SettingNames.of(name)));
    Map<String, String> keys =
        Map.of("channels", "c", "caches", "a", "webhooks", "w", "senders", "s");
    SettingNames.NAMED.forEach(
        (group, suffixes) ->
            suffixes
                .keySet()
                .forEach(suffix -> table.add(SettingNames.of(group, named(keys, group), suffix))));

    assertThat(pinned).isEqualTo(table);
  }

  @Test
  void names_tableAndMapping_agree() {
    Map<String, Boolean> table = new TreeMap<>();
    SettingNames.SINGLE.forEach((name, list) -> table.put(SettingNames.of(name), list));
    SettingNames.NAMED.forEach(
        (group, suffixes) ->
            suffixes.forEach(
                (suffix, list) -> table.put("sidecache." + group + ".*." + suffix, list)));

    Map<String, Boolean> mapping = new TreeMap<>();
    ConfigMappings.getProperties(ConfigClass.configClass(SidecacheMapping.class))
        .keySet()
        .forEach(
            name -> {
              boolean list = name.endsWith("[*]");
              mapping.merge(
                  list ? name.substring(0, name.length() - 3) : name, list, Boolean::logicalOr);
            });

    assertThat(table).isEqualTo(mapping);
  }

  @Test
  void names_noSuffixEndsWithAnother_soThatVariablesDivideInOneWay() {
    for (Map<String, Boolean> suffixes : SettingNames.NAMED.values()) {
      Collection<String> names = suffixes.keySet();
      for (String name : names) {
        assertThat(names).noneMatch(other -> name.endsWith("-" + other));
      }
    }
  }

  @Test
  void read_nothingSet_givesNoChannelsAndNoCaches() {
    Settings settings = ConfigFixture.empty().read();

    assertThat(settings.channels()).isEmpty();
    assertThat(settings.caches()).isEmpty();
    assertThat(settings.webhooks()).isEmpty();
    assertThat(settings.senders()).isEmpty();
    assertThat(settings.instance()).isNotEmpty();
  }

  @Test
  void read_documentedExample_isAccepted() {
    Settings settings =
        ConfigFixture.yaml(
                """
                sidecache:
                  listener:    { heartbeat-interval: 1s, heartbeat-timeout: 3s, reconnect-initial: 100ms, reconnect-max: 10s, queue-capacity: 65536 }
                  log:         { enabled: true, retention: 1h }
                  channels:
                    new_product_channel: { cache: products, format: key }
                    orders_changed:      { cache: orders, format: json, key: ["/tenant", "/id"] }
                  caches:
                    products:
                      maximum-weight: 64M            # or maximum-size
                      expire-after-write: 10m
                      load: select to_jsonb(p) from products p where p.id = ?::bigint
                      load-timeout: 2s
                      max-concurrent-loads: 16
                      negative-ttl: 30s
                      on-gap: bypass                 # or serve-stale, with max-stale
                    orders: { maximum-size: 100000, maximum-entry-size: 1M, unfenced-fills: false }
                  webhooks:
                    search: { url: "https://search.internal/hooks/cache", caches: [products], secret: "%1$s" }
                  senders:
                    billing: { secret: "%1$s" }
                  source: postgres
                  api: { token: "0123456789abcdef" }
                """
                    .formatted(SECRET))
            .read();

    assertThat(named(settings.channels(), "orders_changed").format())
        .isEqualTo(new ChannelSettings.Format.JsonPointers(List.of("/tenant", "/id")));
    assertThat(settings.caches()).containsOnlyKeys("orders", "products");
    assertThat(named(settings.caches(), "products").load().orElseThrow().parameters()).isEqualTo(1);
    assertThat(named(settings.webhooks(), "search").caches()).containsExactly("products");
  }

  @Test
  void read_sources_areAllAccepted() {
    assertThat(ConfigFixture.empty().property("sidecache.source", "log-polling").read().source())
        .isEqualTo(SourceKind.LOG_POLLING);
    assertThat(
            ConfigFixture.empty()
                .property("sidecache.source", "webhook")
                .property("sidecache.senders.relay.secret", SECRET)
                .withoutDatasource()
                .read()
                .source())
        .isEqualTo(SourceKind.WEBHOOK);
  }

  @Test
  void read_serveStale_takesMaxStale() {
    Settings settings =
        base()
            .property("sidecache.caches.a.on-gap", "serve-stale")
            .property("sidecache.caches.a.max-stale", "5m")
            .read();

    assertThat(cache(settings).onGap())
        .isEqualTo(new CacheSettings.OnGap.ServeStale(Duration.ofMinutes(5)));
  }

  @Test
  void read_channelsAndCachesInAnyCombination_areAccepted() {
    Settings settings =
        ConfigFixture.yaml(
                """
                sidecache:
                  channels:
                    one: { caches: [a, b] }
                    two: { cache: a }
                    "three.dots": { caches: "a, b" }
                    four: { cache: a, name: 'we"ird.Näme' }
                  caches: { a: { maximum-size: 1 }, b: { maximum-size: 1 } }
                """)
            .read();

    assertThat(settings.channels())
        .hasSize(4)
        .contains(
            entry("one", keyed("one", "a", "b")),
            entry("two", keyed("two", "a")),
            entry("three.dots", keyed("three.dots", "a", "b")),
            entry("we\"ird.Näme", keyed("we\"ird.Näme", "a")));
  }

  private static ChannelSettings keyed(String name, String... caches) {
    return new ChannelSettings(name, List.of(caches), new ChannelSettings.Format.WholePayload());
  }

  private static final Charset UTF_8 = StandardCharsets.UTF_8;
  private static final String TWO_SECRETS = SECRET + "," + SECRET;
  private static final List<String> A_B = List.of("a", "b");

  private static ConfigFixture base() {
    return ConfigFixture.yaml(
            """
            sidecache:
              channels: { c: { cache: a } }
              caches: { a: { load: 'select ?' }, b: { expire-after-write: 1m } }
              webhooks: { w: { url: 'https://peer/hook', secret: %1$s } }
              senders: { s: { secret: %1$s } }
            """
                .formatted(SECRET))
        .variable("HOSTNAME", "host-7");
  }

  private static Arguments row(
      String name,
      @Nullable Object byDefault,
      Function<Settings, ?> get,
      @Nullable String text,
      @Nullable Object value) {
    return Arguments.of(name, byDefault, get, text, value);
  }

  private static ChannelSettings channel(Settings settings) {
    return settings.channels().values().iterator().next();
  }

  private static CacheSettings cache(Settings settings) {
    return named(settings.caches(), "a");
  }

  private static CacheSettings.Load load(Settings settings) {
    return cache(settings).load().orElseThrow();
  }

  private static WebhookSettings webhook(Settings settings) {
    return named(settings.webhooks(), "w");
  }
}
