/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A wrong setting ends the process at once, with one message that people can read. */
final class SettingsIT {
  private static final String SECRET = "canary-password";

  private final Artefact artefact = Artefact.built();

  private List<String> refusal(String... settings) {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("QUARKUS_DATASOURCE_JDBC_URL", "jdbc:postgresql://127.0.0.1:1/none");
    variables.put("QUARKUS_DATASOURCE_USERNAME", "nobody");
    variables.put("QUARKUS_DATASOURCE_PASSWORD", SECRET);
    variables.put("QUARKUS_HTTP_PORT", "0");
    variables.put("QUARKUS_MANAGEMENT_PORT", "0");
    for (int i = 0; i < settings.length; i += 2) {
      variables.put(settings[i], settings[i + 1]);
    }
    Artefact.Ended ended = artefact.run(variables);
    assertThat(ended.exitCode()).as(ended.output()).isEqualTo(1);
    assertThat(ended.output())
        .doesNotContain(SECRET, "\tat ", "Exception", "Caused by", "Listening on")
        .containsOnlyOnce("sidecache cannot start: ");
    List<String> lines = ended.output().lines().filter(line -> !line.isBlank()).toList();
    int head = 0;
    while (!lines.get(head).contains("sidecache cannot start: ")) {
      head++;
    }
    assertThat(lines.subList(0, head)).as("before the message").isEmpty();
    return lines.subList(head + 1, lines.size()).stream().map(String::strip).toList();
  }

  @Test
  void setting_unknown_isNamedWithTheOneThatWasMeant() {
    assertThat(refusal("SIDECACHE_LISTENER_HEARTBEAT_INTERVALL", "1s"))
        .singleElement()
        .asString()
        .contains("SIDECACHE_LISTENER_HEARTBEAT_INTERVALL", "did you mean");
  }

  @Test
  void settings_contradictory_areNamed() {
    assertThat(
            refusal(
                "SIDECACHE_CACHES_PRODUCTS_MAXIMUM_WEIGHT",
                "64M",
                "SIDECACHE_CACHES_PRODUCTS_MAXIMUM_SIZE",
                "1000"))
        .singleElement()
        .asString()
        .isEqualTo(
            "sidecache.caches.products.maximum-size = \"1000\": contradicts maximum-weight; limit a"
                + " cache by memory or by number");
  }

  @Test
  void channel_ofNoCache_isNamed() {
    assertThat(
            refusal(
                "SIDECACHE_CACHES_PRODUCTS_MAXIMUM_SIZE",
                "1000",
                "SIDECACHE_CHANNELS_NEW_PRODUCT_CHANNEL_CACHE",
                "product"))
        .singleElement()
        .asString()
        .contains("sidecache.channels.new_product_channel.cache", "\"product\"", "products");
  }

  @Test
  void load_withoutAParameter_isNamed() {
    assertThat(refusal("SIDECACHE_CACHES_PRODUCTS_LOAD", "select 1"))
        .singleElement()
        .asString()
        .contains("sidecache.caches.products.load", "must have a ? parameter");
  }

  @Test
  void load_castToATypeOfUnknownSpelling_isNamed() {
    assertThat(
            refusal(
                "SIDECACHE_CACHES_PRODUCTS_LOAD", "select v from t where k = ?::double precision"))
        .singleElement()
        .asString()
        .contains("sidecache.caches.products.load", "casts a key");
  }

  @Test
  void load_withUntypedParameters_isRefused() {
    assertThat(
            refusal(
                "SIDECACHE_CACHES_PRODUCTS_LOAD",
                "select v from t where k = ?",
                "QUARKUS_DATASOURCE_JDBC_URL",
                "jdbc:postgresql://127.0.0.1:1/x?stringtype=unspecified"))
        .singleElement()
        .asString()
        .contains("stringtype=unspecified");
  }

  @Test
  void settings_severalWrong_areAllNamedInOneMessage() {
    assertThat(
            refusal(
                "SIDECACHE_CACHES_PRODUCTS_MAXIMUM_SIZE",
                "many",
                "SIDECACHE_LISTENER_HEARTBEAT_TIMEOUT",
                "1s",
                "SIDECACHE_HEALTH_DISCONNECTED_DOWN_AFTER",
                "0s"))
        .hasSize(3);
  }

  @Test
  void datasource_notSet_isNamedWithTheVariableToSet() {
    assertThat(refusal("QUARKUS_DATASOURCE_JDBC_URL", ""))
        .singleElement()
        .asString()
        .contains("quarkus.datasource.jdbc.url", "QUARKUS_DATASOURCE_JDBC_URL=jdbc:postgresql://");
  }
}
