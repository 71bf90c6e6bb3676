/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names that are no settings, and names that only look as if they were none. */
final class UnknownSettingsTest {
  @ParameterizedTest
  @CsvSource({
    "sidecache.caches.products.maximum-wieght, sidecache.caches.products.maximum-weight",
    "sidecache.caches.products.maximumWeight, sidecache.caches.products.maximum-weight",
    "sidecache.caches.products.maximum_weight, sidecache.caches.products.maximum-weight",
    "sidecache.caches.\"a.b\".lod, sidecache.caches.\"a.b\".load",
    "sidecache.channels.c.keys[0], sidecache.channels.c.key",
    "sidecache.listener.reconnect-maxi, sidecache.listener.reconnect-max",
    "sidecache.listner.reconnect-max, sidecache.listener.reconnect-max",
    "sidecache.api.tokens, sidecache.api.token",
    "sidecache.sourse, sidecache.source",
    "sidecache.cache, sidecache.caches",
    "'%dev.sidecache.sourse', sidecache.source",
    "'%prod.sidecache.sourse', sidecache.source"
  })
  void read_misspeltName_suggestsTheRightOne(String name, String meant) {
    assertThat(ConfigFixture.empty().property(name, "CANARY").problem())
        .isEqualTo(name + ": is not a setting; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sidecache.listener.username|is not a setting; below sidecache.listener. there are: url,"
            + " heartbeat-interval, heartbeat-timeout, reconnect-initial, reconnect-max,"
            + " queue-capacity, barrier-timeout",
        "sidecache.senders.billing.anything|is not a setting; below sidecache.senders.billing."
            + " there are: secret",
        "sidecache.redis|is not a setting; below sidecache. there are: api, audit, caches, channels,"
            + " events, health, instance, listener, log, schema, senders,"
            + " shutdown-drain, source, tracing, webhooks",
        "sidecache.caches.products|is not a setting; it has the form"
            + " sidecache.caches.<name>.<setting>, with a name that holds dots in double quotes",
        "sidecache.channels.a.b.cache|is not a setting; it has the form"
            + " sidecache.channels.<name>.<setting>, with a name that holds dots in double quotes,"
            + " or any name and the channel's own as name:",
      })
  void read_strangeName_tellsWhatThereIs(String name, String rule) {
    assertThat(ConfigFixture.empty().property(name, "CANARY").problem())
        .isEqualTo(name + ": " + rule);
  }

  @Test
  void read_cacheWhoseOnlySettingIsMisspelt_isStillThereForItsChannel() {
    assertThat(
            ConfigFixture.empty()
                .property("sidecache.caches.a.maximum-sise", "1")
                .property("sidecache.channels.c.cache", "a")
                .problem())
        .startsWith("sidecache.caches.a.maximum-sise: is not a setting; did you mean");
  }

  @Test
  void read_indexOnSettingOfOneValue_isAProblem() {
    assertThat(ConfigFixture.empty().property("sidecache.source[0]", "postgres").problem())
        .isEqualTo("sidecache.source: takes one value, not a list");
  }

  @Test
  void read_listForSettingOfOneValue_isAProblem() {
    assertThat(
            ConfigFixture.yaml(
                    """
                    sidecache:
                      caches: { a: { maximum-size: 1 }, b: { maximum-size: 1 } }
                      channels: { c: { cache: [a, b] } }
                    """)
                .problem())
        .isEqualTo("sidecache.channels.c.cache: takes one value, not a list");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sidecacheother.x",
        "sidecache",
        "sidecachex",
        "quarkus.sidecache.x",
        "%dev.sidecache.log.enabled",
        "%dev,prod.sidecache.log.enabled"
      })
  void read_nameThatIsNotOurs_isLeftAlone(String name) {
    assertThat(ConfigFixture.empty().property(name, "false").read().caches()).isEmpty();
  }

  @Test
  void read_channelOfAnotherProfile_isNotThere() {
    ConfigFixture fixture =
        ConfigFixture.yaml(
            """
            sidecache:
              caches: { a: { maximum-size: 1 } }
            "%dev":
              sidecache:
                channels: { c: { cache: a } }
            """);

    assertThat(fixture.read().channels()).isEmpty();
    assertThat(fixture.profile("dev").read().channels()).containsOnlyKeys("c");
  }

  @ParameterizedTest
  @CsvSource({
    "SIDECACHE_LISTENER_QUEUE_CAPACTY, SIDECACHE_LISTENER_QUEUE_CAPACITY",
    "SIDECACHE_CACHES_MY_PRODUCTS_MAXIMUM_WIEGHT, SIDECACHE_CACHES_MY_PRODUCTS_MAXIMUM_WEIGHT",
    "SIDECACHE_CHANNELS_ORDERS_CHANGED_CASHE, SIDECACHE_CHANNELS_ORDERS_CHANGED_CACHE"
  })
  void read_misspeltVariable_suggestsTheRightOne(String variable, String meant) {
    assertThat(ConfigFixture.empty().variable(variable, "CANARY").problem())
        .isEqualTo(variable + ": is not a setting; did you mean " + meant + "?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SIDECACHE_NONSENSE",
        "SIDECACHE_CACHES_LOAD",
        "SIDECACHE_CACHES",
        "SIDECACHE_SOURCE_0_",
        "SIDECACHE_CACHES_A_LOAD_0_"
      })
  void read_variableThatIsNoSetting_isAProblem(String variable) {
    assertThat(ConfigFixture.empty().variable(variable, "CANARY").problem())
        .startsWith(variable + ": is not a setting; ")
        .doesNotContain("CANARY");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SIDECACHE_SERVICE_HOST",
        "SIDECACHE_SERVICE_PORT",
        "SIDECACHE_SERVICE_PORT_HTTP",
        "SIDECACHE_PORT",
        "SIDECACHE_PORT_8080_TCP",
        "SIDECACHE_PORT_8080_TCP_PROTO",
        "SIDECACHE_PORT_8080_TCP_PORT",
        "SIDECACHE_PORT_8080_TCP_ADDR",
        "SIDECACHE_RELAY_SERVICE_HOST",
        "SIDECACHE_RELAY_PORT_8080_TCP",
        "SIDECACHE_CACHES_SERVICE_HOST"
      })
  void read_variableOfAKubernetesService_isLeftAlone(String variable) {
    assertThat(ConfigFixture.empty().variable(variable, "tcp://10.0.0.1:8080").read().caches())
        .isEmpty();
  }
}
