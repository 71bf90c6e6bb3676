/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import static io.sidecache.config.ConfigFixture.named;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way to get a setting wrong, and what people are told. */
final class SettingsProblemsTest {
  private static final String OPEN =
      "sidecache.api.token is not set: others can reach the HTTP interface (%s); set a token, or"
          + " sidecache.api.client-auth = required, or bind it to 127.0.0.1";

  private static final String CACHES =
      """
      sidecache:
        caches:
          orders: { maximum-size: 10 }
          products: { load: 'select ?' }
      """;

  /** Properties in the form name=value, and the one line that they must give. */
  static Stream<Arguments> problems() {
    return Stream.of(
        // Single values.
        wrong(
            "sidecache.listener.heartbeat-interval = \"1\": has no unit; write 1s or 1ms",
            "sidecache.listener.heartbeat-interval=1"),
        wrong(
            "sidecache.listener.heartbeat-interval = \"often\": must be a duration such as 100ms,"
                + " 10s, 5m, 2h, 7d or PT10S",
            "sidecache.listener.heartbeat-interval=often"),
        wrong(
            "sidecache.listener.heartbeat-interval = \"1ms\": must be at least 10ms, because each"
                + " heartbeat wakes every listener of the database",
            "sidecache.listener.heartbeat-interval=1ms"),
        wrong(
            "sidecache.listener.barrier-timeout = \"0s\": must be longer than 0s",
            "sidecache.listener.barrier-timeout=0s"),
        wrong(
            "sidecache.log.retention = \"-1h\": must not be negative",
            "sidecache.log.retention=-1h"),
        wrong(
            "sidecache.log.retention = \"99999999999d\": must be at most 36500d",
            "sidecache.log.retention=99999999999d"),
        wrong(
            "sidecache.listener.queue-capacity = \"15\": must be a whole number from 16 to 16777216",
            "sidecache.listener.queue-capacity=15"),
        wrong(
            "sidecache.listener.queue-capacity = \"many\": must be a whole number from 16 to"
                + " 16777216",
            "sidecache.listener.queue-capacity=many"),
        wrong(
            "sidecache.events.replay = \"0\": must be a whole number from 1 to 1000000",
            "sidecache.events.replay=0"),
        wrong(
            "sidecache.events.maximum-subscribers = \"100001\": must be a whole number from 1 to"
                + " 100000",
            "sidecache.events.maximum-subscribers=100001"),
        wrong("sidecache.log.enabled = \"1\": must be true or false", "sidecache.log.enabled=1"),
        wrong(
            "sidecache.source = \"mysql\": must be postgres or log-polling or webhook",
            "sidecache.source=mysql"),
        wrong(
            "sidecache.instance = \"a b\": must be 1 to 128 characters out of A-Z a-z 0-9 . _ - and"
                + " not . or ..",
            "sidecache.instance=a b"),
        wrong(
            "sidecache.caches.orders.maximum-entry-size = \"1MB\": must be an amount of memory such"
                + " as 512K, 64M, 1G or 1048576 (bytes)",
            "sidecache.caches.orders.maximum-entry-size=1MB"),
        wrong(
            "sidecache.caches.products.maximum-weight = \"0\": must be more than 0",
            "sidecache.caches.products.maximum-weight=0"),
        wrong(
            "sidecache.caches.products.maximum-weight = \"99999999999G\": is more memory than can be"
                + " counted",
            "sidecache.caches.products.maximum-weight=99999999999G"),
        wrong(
            "sidecache.caches.products.on-gap = \"panic\": must be bypass or serve-stale",
            "sidecache.caches.products.on-gap=panic"),

        // Contradictions.
        wrong(
            "sidecache.listener.heartbeat-timeout = \"1500ms\": must be at least twice"
                + " heartbeat-interval (1s), because a heartbeat may be sent up to two intervals"
                + " after the last one",
            "sidecache.listener.heartbeat-timeout=1500ms"),
        wrong(
            "sidecache.listener.reconnect-max = \"10s\": must be at least reconnect-initial (20s)",
            "sidecache.listener.reconnect-initial=20s"),
        wrong(
            "sidecache.health.stuck-after = \"10s\": must be longer than listener.reconnect-max (10s)"
                + " and listener.heartbeat-timeout (3s), or a listener that waits as it should"
                + " counts as stuck",
            "sidecache.health.stuck-after=10s"),
        wrong(
            "sidecache.audit.keys-per-minute = \"6001\": must be a whole number from 0 to 6000",
            "sidecache.audit.keys-per-minute=6001"),
        wrong(
            "sidecache.audit.keys-per-minute = \"-1\": must be a whole number from 0 to 6000",
            "sidecache.audit.keys-per-minute=-1"),
        wrong(
            "sidecache.health.disconnected-down-after = \"0s\": must be longer than 0s; to stay alive"
                + " while PostgreSQL is away use a large value such as 365d",
            "sidecache.health.disconnected-down-after=0s"),
        wrong(
            "sidecache.caches.orders.maximum-size = \"10\": contradicts maximum-weight; limit a cache"
                + " by memory or by number",
            "sidecache.caches.orders.maximum-weight=1M"),
        wrong(
            "sidecache.caches.products.maximum-entry-size = \"2M\": must be at most maximum-weight"
                + " (1M)",
            "sidecache.caches.products.maximum-weight=1M",
            "sidecache.caches.products.maximum-entry-size=2M"),
        wrong(
            "sidecache.caches.orders.maximum-entry-size = \"2G\": must be at most 1G",
            "sidecache.caches.orders.maximum-entry-size=2G"),
        wrong(
            "sidecache.caches.products.max-stale is not set: on-gap serve-stale needs a bound on how"
                + " stale a value may get, such as 5m",
            "sidecache.caches.products.on-gap=serve-stale"),
        wrong(
            "sidecache.caches.products.max-stale = \"5m\": is for on-gap serve-stale alone",
            "sidecache.caches.products.max-stale=5m"),
        wrong(
            "sidecache.caches.orders.load-timeout = \"2s\": is for a cache with load, which is not"
                + " set",
            "sidecache.caches.orders.load-timeout=2s"),
        wrong(
            "sidecache.caches.orders.max-concurrent-loads = \"2\": is for a cache with load, which is"
                + " not set",
            "sidecache.caches.orders.max-concurrent-loads=2"),
        wrong(
            "sidecache.caches.orders.negative-ttl = \"2s\": is for a cache with load, which is not"
                + " set",
            "sidecache.caches.orders.negative-ttl=2s"),
        wrong(
            "sidecache.caches.orders.refresh-after-write = \"2s\": is for a cache with load, which is"
                + " not set",
            "sidecache.caches.orders.refresh-after-write=2s"),
        wrong(
            "sidecache.caches.orders.stale-while-revalidate = \"2s\": is for a cache with load, which"
                + " is not set",
            "sidecache.caches.orders.stale-while-revalidate=2s"),
        wrong(
            "sidecache.caches.orders.stale-if-error = \"2s\": is for a cache with load, which is not"
                + " set",
            "sidecache.caches.orders.stale-if-error=2s"),
        wrong(
            "sidecache.caches.products.refresh-after-write = \"60s\": must be shorter than"
                + " expire-after-write (1m), or it would never come to it",
            "sidecache.caches.products.load=select ?",
            "sidecache.caches.products.expire-after-write=1m",
            "sidecache.caches.products.refresh-after-write=60s"),
        wrong(
            "sidecache.caches.products.expiry-jitter = \"51\": must be a whole number from 0 to 50",
            "sidecache.caches.products.expiry-jitter=51"),
        wrong(
            "sidecache.source = \"log-polling\": contradicts log.enabled = false",
            "sidecache.source=log-polling",
            "sidecache.log.enabled=false"),
        wrong(
            "sidecache.source = \"log-polling\": cannot hear channels, which need LISTEN; remove"
                + " sidecache.channels and attach the tables",
            "sidecache.source=log-polling",
            "sidecache.channels.c.cache=orders"),
        wrong(
            "sidecache.source = \"webhook\": needs a sender in sidecache.senders that may call us",
            "sidecache.source=webhook"),

        // Loads.
        wrong(
            "sidecache.caches.products.load = \"select 1\": must have a ? parameter for the key",
            "sidecache.caches.products.load=select 1"),
        wrong(
            "sidecache.caches.products.load = \"select ?; drop\": must be one statement, has 2",
            "sidecache.caches.products.load=select ?; drop"),
        wrong(
            "sidecache.caches.products.load = \"select ?\": has 1 ? parameter, but the keys of"
                + " channel c have 2 parts; it needs one parameter for each",
            "sidecache.channels.c.cache=products",
            "sidecache.channels.c.format=json",
            "sidecache.channels.c.key=/a,/b"),
        wrong(
            "sidecache.caches.products.load = \"select ?, ?\": has 2 ? parameters, but the keys of"
                + " channel c have 1 part; it needs one parameter for each",
            "sidecache.caches.products.load=select ?, ?",
            "sidecache.channels.c.cache=products",
            "sidecache.channels.c.format=json",
            "sidecache.channels.c.key=/a"),
        wrong(
            "sidecache.caches.products.load = \"select ?, ?\": has 2 ? parameters, but the keys of"
                + " channel c have 1 part; it needs one parameter for each (where the payload is a"
                + " JSON array, use format json with the pointers /0, /1)",
            "sidecache.caches.products.load=select ?, ?",
            "sidecache.channels.c.cache=products",
            "sidecache.channels.c.format=key"),

        // Channels.
        wrong(
            "sidecache.channels.c.cache = \"ordres\": there is no cache of this name; caches are:"
                + " orders, products",
            "sidecache.channels.c.cache=ordres"),
        wrong(
            "sidecache.channels.c.cache = \"orders,products\": there is no cache of this name; to"
                + " feed several use caches; caches are: orders, products",
            "sidecache.channels.c.cache=orders,products"),
        wrong(
            "sidecache.channels.c.caches = \"nix\": there is no cache of this name; caches are:"
                + " orders, products",
            "sidecache.channels.c.caches=orders,nix"),
        wrong(
            "sidecache.channels.c.caches = \"orders\": is named twice",
            "sidecache.channels.c.caches=orders,orders"),
        wrong(
            "sidecache.channels.c.caches: contradicts cache; set one of the two",
            "sidecache.channels.c.caches=orders",
            "sidecache.channels.c.cache=orders"),
        wrong(
            "sidecache.channels.c.cache is not set: a channel needs the cache that it feeds; caches"
                + " are: orders, products",
            "sidecache.channels.c.format=key"),
        wrong(
            "sidecache.channels.c.format = \"xml\": must be key or json",
            "sidecache.channels.c.cache=orders",
            "sidecache.channels.c.format=xml"),
        wrong(
            "sidecache.channels.c.key is not set: format json needs the JSON pointers to the key's"
                + " parts, such as /id",
            "sidecache.channels.c.cache=orders",
            "sidecache.channels.c.format=json"),
        wrong(
            "sidecache.channels.c.key = \"id\": must be a JSON pointer (RFC 6901) such as /id or"
                + " /new/id",
            "sidecache.channels.c.cache=orders",
            "sidecache.channels.c.format=json",
            "sidecache.channels.c.key=/a,id"),
        wrong(
            "sidecache.channels.c.key = \"/a~2\": must be a JSON pointer (RFC 6901) such as /id or"
                + " /new/id",
            "sidecache.channels.c.cache=orders",
            "sidecache.channels.c.format=json",
            "sidecache.channels.c.key=/a~2"),
        wrong(
            "sidecache.channels.c.key = \"/id\": is for format json; with format key the whole"
                + " payload is the key",
            "sidecache.channels.c.cache=orders",
            "sidecache.channels.c.key=/id"),
        wrong(
            "sidecache.channels.sidecache_heartbeat: channels that begin with sidecache_ are"
                + " Sidecache's own",
            "sidecache.channels.sidecache_heartbeat.cache=orders"),
        wrong(
            "sidecache.channels.c.name: a channel's name has 1 to 63 bytes in PostgreSQL; this one"
                + " has 64",
            "sidecache.channels.c.cache=orders",
            "sidecache.channels.c.name=" + "ä".repeat(32)),
        wrong(
            "sidecache.channels.c.name: a channel's name cannot hold a NUL character",
            "sidecache.channels.c.cache=orders",
            "sidecache.channels.c.name=a\0b"),
        wrong(
            "sidecache.channels.d.name = \"c\": another channel has this name; list both caches under"
                + " caches",
            "sidecache.channels.c.cache=orders",
            "sidecache.channels.d.cache=products",
            "sidecache.channels.d.name=c"),

        // Names.
        wrong(
            "sidecache.caches.a/b: a name must be 1 to 128 characters out of A-Z a-z 0-9 . _ - and"
                + " not . or .., because it is a path segment of the HTTP interface",
            "sidecache.caches.a/b.maximum-size=1"),
        wrong(
            "sidecache.caches.\"..\": a name must be 1 to 128 characters out of A-Z a-z 0-9 . _ - and"
                + " not . or .., because it is a path segment of the HTTP interface",
            "sidecache.caches.\"..\".maximum-size=1"),

        // Traces.
        wrong(
            "sidecache.tracing.endpoint = \"ftp://collector/\": must begin with http:// or"
                + " https://",
            "sidecache.tracing.endpoint=ftp://collector/"),
        wrong(
            "sidecache.tracing.endpoint = \"http://host/\": must not hold a user or password; traces"
                + " are posted to a collector beside us, which has them",
            "sidecache.tracing.endpoint=http://me:word@host/"),
        wrong(
            "sidecache.tracing.sample-percent = \"0\": must be a whole number from 1 to 100",
            "sidecache.tracing.sample-percent=0"),

        // Peers.
        wrong(
            "sidecache.webhooks.w.url is not set: a webhook needs the address to post to",
            "sidecache.webhooks.w.secret=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"),
        wrong(
            "sidecache.webhooks.w.secret is not set: messages are signed; make a secret of whsec_ and"
                + " 32 random bytes in Base64",
            "sidecache.webhooks.w.url=http://a"),
        wrong(
            "sidecache.webhooks.w.caches = \"nix\": there is no cache of this name; caches are:"
                + " orders, products",
            "sidecache.webhooks.w.url=http://a",
            "sidecache.webhooks.w.caches=nix",
            "sidecache.webhooks.w.secret=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"),
        url(
            "ftp://host/",
            "sidecache.webhooks.w.url = \"ftp://host/\": must begin with http:// or" + " https://"),
        url("http:///path", "sidecache.webhooks.w.url = \"http:///path\": must name a host"),
        url(
            "https://host/#x",
            "sidecache.webhooks.w.url = \"https://host/\": must not have a fragment"
                + " (#…), which is never sent"),
        peer(
            "sidecache.webhooks.w.linger = \"-1s\": must not be negative",
            "sidecache.webhooks.w.linger=-1s"),
        peer(
            "sidecache.webhooks.w.max-batch-size = \"0\": must be a whole number from 1 to 10000",
            "sidecache.webhooks.w.max-batch-size=0"),
        peer(
            "sidecache.webhooks.w.max-batch-size = \"100\": must be at most queue-capacity (50)",
            "sidecache.webhooks.w.queue-capacity=50"),
        peer(
            "sidecache.webhooks.w.max-batch-bytes = \"17M\": must be from 1K to 16M",
            "sidecache.webhooks.w.max-batch-bytes=17M"),
        peer(
            "sidecache.webhooks.w.queue-capacity = \"2000000\": must be a whole number from 1 to 1000000",
            "sidecache.webhooks.w.queue-capacity=2000000"),
        peer(
            "sidecache.webhooks.w.connect-timeout = \"11s\": must be at most request-timeout (10s)",
            "sidecache.webhooks.w.connect-timeout=11s"),
        peer(
            "sidecache.webhooks.w.read-timeout = \"11s\": must be at most request-timeout (10s)",
            "sidecache.webhooks.w.read-timeout=11s"),
        peer(
            "sidecache.webhooks.w.request-timeout = \"0s\": must be longer than 0s",
            "sidecache.webhooks.w.request-timeout=0s"),
        peer(
            "sidecache.webhooks.w.max-attempts = \"0\": must be a whole number from 1 to 1000",
            "sidecache.webhooks.w.max-attempts=0"),
        peer(
            "sidecache.webhooks.w.retry-initial = \"soon\": must be a duration such as 100ms, 10s, 5m, 2h, 7d or PT10S",
            "sidecache.webhooks.w.retry-initial=soon"),
        peer(
            "sidecache.webhooks.w.retry-max = \"100ms\": must be at least retry-initial (200ms)",
            "sidecache.webhooks.w.retry-max=100ms"),
        peer(
            "sidecache.webhooks.w.dead-letters = \"-1\": must be a whole number from 0 to 10000",
            "sidecache.webhooks.w.dead-letters=-1"),
        peer(
            "sidecache.webhooks.w.tls-configuration-name = \"x\": needs a url that begins with https://",
            "sidecache.webhooks.w.tls-configuration-name=x"),
        wrong(
            "sidecache.webhooks.in: a peer cannot be called in, because /v1/webhooks/in/ is where"
                + " webhooks come in",
            "sidecache.webhooks.in.url=http://a",
            "sidecache.webhooks.in.secret=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"),
        wrong(
            "sidecache.shutdown-drain = \"-1s\": must not be negative",
            "sidecache.shutdown-drain=-1s"),

        // Others' settings that ours need.
        wrong(OPEN.formatted("quarkus.http.host = 0.0.0.0"), "quarkus.http.host=0.0.0.0"),
        wrong(
            OPEN.formatted("quarkus.http.domain-socket-enabled = true"),
            "quarkus.http.domain-socket-enabled=true"),
        wrong(
            "sidecache.api.client-auth = \"request\": must be none or required",
            "sidecache.api.client-auth=request"),
        wrong(
            "sidecache.api.request-timeout = \"0s\": must be longer than 0s",
            "sidecache.api.request-timeout=0s"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("problems")
  void read_wrongSetting_isNamedWithValueAndRule(String line, List<String> properties) {
    ConfigFixture fixture = ConfigFixture.yaml(CACHES);
    for (String property : properties) {
      String[] parts = property.split("=", 2);
      fixture.property(parts[0], parts[1]);
    }

    assertThat(fixture.problem()).isEqualTo(line);
  }

  @Test
  void read_severalWrongSettings_areReportedTogether() {
    ConfigFixture fixture =
        ConfigFixture.yaml(CACHES)
            .property("sidecache.channels.orders_changed.cache", "ordres")
            .property("sidecache.listener.reconect-max", "5s")
            .withoutDatasource();

    assertThatThrownBy(fixture::read)
        .isInstanceOf(InvalidSettingsException.class)
        .hasMessage(
            """
            sidecache cannot start: 3 settings are wrong
              quarkus.datasource.jdbc.url is not set: sidecache.source postgres needs PostgreSQL's \
            address; set QUARKUS_DATASOURCE_JDBC_URL=jdbc:postgresql://<host>:5432/<database>
              sidecache.channels.orders_changed.cache = "ordres": there is no cache of this name; \
            caches are: orders, products
              sidecache.listener.reconect-max: is not a setting; did you mean \
            sidecache.listener.reconnect-max?""");
  }

  @Test
  void read_webhookSourceWithLoad_needsDatasource() {
    assertThat(
            ConfigFixture.yaml(CACHES)
                .property("sidecache.source", "webhook")
                .property(
                    "sidecache.senders.relay.secret", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz")
                .withoutDatasource()
                .problem())
        .startsWith("quarkus.datasource.jdbc.url is not set: a cache with load needs");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.1.2.3",
        "localhost",
        "LOCALHOST",
        "::1",
        "[::1]",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1"
      })
  void read_apiOnLoopback_needsNoToken(String host) {
    assertThat(ConfigFixture.empty().property("quarkus.http.host", host).read().api().tokens())
        .isEmpty();
  }

  @Test
  void read_apiThatQuarkusAsksForCertificates_needsAToken() {
    // Quarkus reads it when the artefact is built; at run time it changes nothing.
    assertThat(
            ConfigFixture.empty()
                .property("quarkus.http.host", "0.0.0.0")
                .property("quarkus.http.ssl.client-auth", "required")
                .problem())
        .startsWith("sidecache.api.token is not set");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0",
        "::",
        "[::]",
        "0:0:0:0:0:0:0:0",
        "192.168.1.2",
        "::ffff:192.168.1.2",
        "fe80::1",
        "fe80::1%eth0",
        "128.0.0.1",
        "1.127.0.0",
        "sidecache",
        "localhost.example.com",
        "127.0.0.1.example.com",
        "127.example.com",
        "127.1",
        "2130706433",
        "0x7f.1",
        "127.0.0.256",
        "[127.0.0.1",
        "*"
      })
  void read_apiElsewhere_needsAToken(String host) {
    assertThat(ConfigFixture.empty().property("quarkus.http.host", host).problem())
        .isEqualTo(OPEN.formatted("quarkus.http.host = " + host));
    assertThat(ConfigFixture.empty().variable("QUARKUS_HTTP_HOST", host).problem())
        .isEqualTo(OPEN.formatted("quarkus.http.host = " + host));
  }

  @Test
  void read_apiElsewhereWithAnEmptyToken_isRefused() {
    for (String empty : List.of("", " ", ",", " , ")) {
      assertThat(
              ConfigFixture.empty()
                  .property("quarkus.http.host", "0.0.0.0")
                  .property("sidecache.api.token", empty)
                  .problems())
          .as("[%s]", empty)
          .contains(OPEN.formatted("quarkus.http.host = 0.0.0.0"));
    }
  }

  @Test
  void read_apiThatAsksForCertificates_needsNoToken() {
    assertThat(
            ConfigFixture.empty()
                .property("quarkus.http.host", "0.0.0.0")
                .property("sidecache.api.client-auth", "required")
                .read()
                .api()
                .tokens())
        .isEmpty();
  }

  @Test
  void read_smallCache_lowersTheDefaultEntrySize() {
    CacheSettings cache =
        named(
            ConfigFixture.empty()
                .property("sidecache.caches.a.maximum-weight", "64K")
                .read()
                .caches(),
            "a");

    assertThat(cache.maximumEntryBytes()).isEqualTo(64 << 10);
  }

  /** Every place where a secret can stand, with values that are wrong in every way we know. */
  static Stream<Arguments> leaks() {
    List<String> secrets =
        List.of("CANARY", "whsec_CANARY!", "whsec_Q0FOQVJZ", "CANARY CANARY CANARY", "a,CANARY");
    Stream<Arguments> bySetting =
        Stream.of(
                "sidecache.api.token",
                "sidecache.api.tokn",
                "sidecache.webhooks.w.secret",
                "sidecache.webhooks.w.secrte",
                "sidecache.senders.s.secret",
                "sidecache.listener.password")
            .flatMap(name -> secrets.stream().map(secret -> Arguments.of(name, secret)));
    Stream<Arguments> byUrl =
        Stream.of(
                "ftp://me:CANARY@host/x",
                "http://me:CANARY@host/x",
                "http://host/x y?token=CANARY",
                "jdbc:postgres://me:CANARY@host/x",
                "jdbc:postgres://host/x?password=CANARY",
                "jdbc:postgres:me:CANARY@host",
                "http://me:CA/CANARY@host",
                "//CANARY@")
            .flatMap(
                url ->
                    Stream.of(
                            "sidecache.webhooks.w.url",
                            "sidecache.listener.url",
                            "sidecache.tracing.endpoint")
                        .map(name -> Arguments.of(name, url)));
    return Stream.concat(bySetting, byUrl);
  }

  @ParameterizedTest(name = "{0} = {1}")
  @MethodSource("leaks")
  void read_wrongSecretOrUrl_isNeverShown(String name, String value) {
    ConfigFixture fixture = ConfigFixture.empty().property(name, value);

    assertThatThrownBy(fixture::read)
        .isInstanceOf(InvalidSettingsException.class)
        .hasNoCause()
        .message()
        .contains(name)
        .doesNotContain("CANARY", "Q0FOQVJZ", "me:CA");
  }

  @Test
  void toString_settingsWithSecrets_showsNone() {
    Settings settings =
        ConfigFixture.empty()
            .property("sidecache.api.token", "CANARY-0123456789")
            .property("sidecache.senders.s.secret", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz")
            .property("sidecache.listener.url", "jdbc:postgresql://me:CANARY@host/db")
            .read();

    assertThat(settings.toString())
        .doesNotContain("CANARY", "MDEyMzQ1Njc4OTAx", Arrays.toString("CANARY".getBytes(UTF_8)));
  }

  @Test
  void read_valueWithLineBreaks_staysOnOneLine() {
    assertThat(
            ConfigFixture.empty()
                .property("sidecache.source", "x\n  forged: line\u001b[2J")
                .problem())
        .doesNotContain("\n", "\u001b");
  }

  @Test
  void read_longValue_isCutShort() {
    assertThat(ConfigFixture.empty().property("sidecache.source", "x".repeat(10_000)).problem())
        .hasSizeLessThan(300);
  }

  @Test
  void read_referenceThatLeadsNowhere_isAProblem() {
    assertThat(
            ConfigFixture.empty()
                .property("sidecache.caches.a.load", "select ? from ${TABLE}${OTHER:x}")
                .problem())
        .isEqualTo("sidecache.caches.a.load: refers to ${TABLE}, which is not set anywhere");
  }

  @Test
  void read_referenceInAList_isAProblemOfTheList() {
    assertThat(ConfigFixture.yaml("sidecache: { api: { token: ['${ONE}', '${TWO}'] } }").problem())
        .isEqualTo("sidecache.api.token: refers to ${ONE}, ${TWO}, which is not set anywhere");
  }

  @Test
  void settings_fromRecords_copyTheirCollections() {
    Settings settings = ConfigFixture.yaml(CACHES).read();

    assertThatThrownBy(() -> settings.caches().clear())
        .isInstanceOf(UnsupportedOperationException.class);
    assertThat(settings.caches()).isEqualTo(Map.copyOf(settings.caches()));
  }

  private static final Charset UTF_8 = StandardCharsets.UTF_8;

  private static Arguments wrong(String line, String... properties) {
    return Arguments.of(line, List.of(properties));
  }

  private static Arguments peer(String line, String property) {
    return wrong(
        line,
        property,
        "sidecache.webhooks.w.url=http://a",
        "sidecache.webhooks.w.secret=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
  }

  private static Arguments url(String url, String line) {
    return wrong(
        line,
        "sidecache.webhooks.w.url=" + url,
        "sidecache.webhooks.w.secret=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
  }
}
