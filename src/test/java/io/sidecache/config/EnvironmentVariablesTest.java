/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import static io.sidecache.config.ConfigFixture.named;
import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.EnvConfigSource;
import java.time.Duration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** Settings that come from environment variables, as people expect to write them. */
final class EnvironmentVariablesTest {
  private static final String SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";

  @Test
  void read_wholeConfigurationInVariables_needsNothingElse() {
    Settings settings =
        ConfigFixture.empty()
            .variable("SIDECACHE_INSTANCE", "pod-1")
            .variable("SIDECACHE_LISTENER_QUEUE_CAPACITY", "1024")
            .variable("SIDECACHE_CHANNELS_NEW_PRODUCT_CHANNEL_CACHE", "products")
            .variable("SIDECACHE_CHANNELS_NEW_PRODUCT_CHANNEL_FORMAT", "key")
            .variable("SIDECACHE_CACHES_PRODUCTS_LOAD", "select to_jsonb(p) from p where id = ?")
            .variable("SIDECACHE_CACHES_PRODUCTS_MAXIMUM_WEIGHT", "32M")
            .variable("SIDECACHE_CACHES_PRODUCTS_EXPIRE_AFTER_WRITE", "10m")
            .variable("SIDECACHE_WEBHOOKS_SEARCH_URL", "https://search/hook")
            .variable("SIDECACHE_WEBHOOKS_SEARCH_SECRET", SECRET + "," + SECRET)
            .variable("SIDECACHE_SENDERS_BILLING_SECRET", SECRET)
            .variable("SIDECACHE_API_TOKEN", "0123456789abcdef")
            .read();

    assertThat(settings.instance()).isEqualTo("pod-1");
    assertThat(settings.listener().queueCapacity()).isEqualTo(1024);
    assertThat(settings.channels()).containsOnlyKeys("new_product_channel");
    assertThat(named(settings.channels(), "new_product_channel").caches())
        .containsExactly("products");
    assertThat(settings.caches()).containsOnlyKeys("products");
    CacheSettings products = named(settings.caches(), "products");
    assertThat(products.limit()).isEqualTo(new CacheSettings.Limit.Weight(32 << 20));
    assertThat(products.load().orElseThrow().sql()).startsWith("select to_jsonb(p)");
    assertThat(products.expireAfterWrite()).contains(Duration.ofMinutes(10));
    assertThat(named(settings.webhooks(), "search").secrets()).hasSize(2);
    assertThat(settings.senders()).containsOnlyKeys("billing");
    assertThat(settings.api().tokens()).hasSize(1);
  }

  @Test
  void read_listsWithIndexesOrCommas_areTheSame() {
    ConfigFixture commas =
        orders().variable("SIDECACHE_CHANNELS_ORDERS_CHANGED_KEY", "/tenant, /id");
    ConfigFixture indexes =
        orders()
            .variable("SIDECACHE_CHANNELS_ORDERS_CHANGED_KEY_0_", "/tenant")
            .variable("SIDECACHE_CHANNELS_ORDERS_CHANGED_KEY_1_", "/id");

    assertThat(commas.read().channels()).isEqualTo(indexes.read().channels());
    assertThat(named(commas.read().channels(), "orders_changed").format())
        .isEqualTo(new ChannelSettings.Format.JsonPointers(List.of("/tenant", "/id")));
  }

  @Test
  void read_variableForANameInYaml_takesItsSpelling() {
    Settings settings =
        ConfigFixture.yaml(
                """
                sidecache:
                  caches:
                    my-cache: { maximum-size: 1 }
                    Products: { maximum-size: 1 }
                    "a.b": { maximum-size: 1 }
                  channels:
                    "Neue.Produkte": { cache: Products }
                """)
            .variable("SIDECACHE_CACHES_MY_CACHE_MAXIMUM_SIZE", "2")
            .variable("SIDECACHE_CACHES_PRODUCTS_EXPIRE_AFTER_WRITE", "2s")
            .variable("SIDECACHE_CACHES_A_B_MAXIMUM_SIZE", "4")
            .variable("SIDECACHE_CHANNELS_NEUE_PRODUKTE_CACHE", "a.b")
            .read();

    assertThat(settings.caches()).containsOnlyKeys("my-cache", "Products", "a.b");
    assertThat(named(settings.caches(), "my-cache").limit())
        .isEqualTo(new CacheSettings.Limit.Entries(2));
    assertThat(named(settings.caches(), "Products").expireAfterWrite())
        .contains(Duration.ofSeconds(2));
    assertThat(named(settings.caches(), "a.b").limit())
        .isEqualTo(new CacheSettings.Limit.Entries(4));
    assertThat(settings.channels()).containsOnlyKeys("Neue.Produkte");
    assertThat(named(settings.channels(), "Neue.Produkte").caches()).containsExactly("a.b");
  }

  @Test
  void read_variableThatYamlSetsToo_beatsYamlAndYieldsToSystemProperties() {
    ConfigFixture fixture =
        ConfigFixture.yaml("sidecache: { caches: { my_cache: { maximum-size: 1 } } }")
            .variable("SIDECACHE_CACHES_MY_CACHE_MAXIMUM_SIZE", "2");

    assertThat(named(fixture.read().caches(), "my_cache").limit())
        .isEqualTo(new CacheSettings.Limit.Entries(2));

    fixture.property("sidecache.caches.my_cache.maximum-size", "3");

    assertThat(named(fixture.read().caches(), "my_cache").limit())
        .isEqualTo(new CacheSettings.Limit.Entries(3));
  }

  @Test
  void read_yamlThatListsMorePointersThanTheVariable_takesTheVariableAlone() {
    Settings settings =
        ConfigFixture.yaml(
                """
                sidecache:
                  caches: { orders: { maximum-size: 1 } }
                  channels: { orders_changed: { cache: orders, format: json, key: [/a, /b] } }
                """)
            .variable("SIDECACHE_CHANNELS_ORDERS_CHANGED_KEY", "/id")
            .read();

    assertThat(named(settings.channels(), "orders_changed").format())
        .isEqualTo(new ChannelSettings.Format.JsonPointers(List.of("/id")));
  }

  @Test
  void read_nameThatVariablesCannotCarry_isSetByName() {
    Settings settings =
        ConfigFixture.empty()
            .variable("SIDECACHE_CACHES_PRODUCTS_MAXIMUM_SIZE", "1")
            .variable("SIDECACHE_CHANNELS_NEW_NAME", "Neue \"Produkte\".v2")
            .variable("SIDECACHE_CHANNELS_NEW_CACHES", "products")
            .read();

    assertThat(settings.channels()).containsOnlyKeys("Neue \"Produkte\".v2");
  }

  @Test
  void read_dottedOrLowerCaseVariables_areSettingsToo() {
    Settings settings =
        ConfigFixture.empty()
            .variable("sidecache.caches.products.maximum-size", "7")
            .variable("sidecache_caches_orders_maximum_size", "8")
            .read();

    assertThat(settings.caches()).containsOnlyKeys("products", "orders");
    assertThat(named(settings.caches(), "orders").limit())
        .isEqualTo(new CacheSettings.Limit.Entries(8));
  }

  @Test
  void read_wrongValueInAVariable_isReportedByTheSettingsName() {
    assertThat(
            ConfigFixture.empty().variable("SIDECACHE_CACHES_MY_P_MAXIMUM_SIZE", "lots").problem())
        .startsWith("sidecache.caches.my_p.maximum-size = \"lots\": must be a whole number");
  }

  @Test
  void sources_ofTheFactory_areEnvironmentsForQuarkusBuild() {
    // Quarkus records what other sources hold into the artefact, secrets of the builder included.
    assertThat(orders().build().getConfigSources())
        .filteredOn(
            source -> source.getPropertyNames().contains("sidecache.caches.orders.maximum-size"))
        .isNotEmpty()
        .allSatisfy(source -> assertThat(source).isInstanceOf(EnvConfigSource.class));
  }

  @Test
  void factory_isAService() {
    assertThat(
            StreamSupport.stream(
                ServiceLoader.load(ConfigSourceFactory.class).spliterator(), false))
        .hasAtLeastOneElementOfType(EnvironmentSourceFactory.class);
  }

  private static ConfigFixture orders() {
    return ConfigFixture.empty()
        .variable("SIDECACHE_CACHES_ORDERS_MAXIMUM_SIZE", "1")
        .variable("SIDECACHE_CHANNELS_ORDERS_CHANGED_CACHE", "orders")
        .variable("SIDECACHE_CHANNELS_ORDERS_CHANGED_FORMAT", "json");
  }
}
