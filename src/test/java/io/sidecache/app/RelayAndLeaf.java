/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.awaitility.Awaitility.await;

import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.TestPostgres;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A sidecar that listens to PostgreSQL, one without a database that lives from its webhooks, and a
 * network between them all that can be broken.
 */
final class RelayAndLeaf implements AutoCloseable {
  static final Duration LEAF_TIMEOUT = Duration.ofSeconds(2);
  static final String OLD = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  static final String NEW = "whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU=";

  final TestPostgres.Database database = TestPostgres.shared().createDatabase("relay");
  final FaultProxy postgres = FaultProxy.to(database.port());
  private final int relayPort = RunningSidecar.freePort();
  private final int leafPort = RunningSidecar.freePort();
  final FaultProxy hooks = FaultProxy.to(leafPort);
  private @Nullable RunningSidecar relay;
  private @Nullable RunningSidecar leaf;

  /** An answer of the leaf's about an entry. */
  record Read(int status, String cacheStatus, String token, String body) {
    boolean isPlainHit() {
      return status == 200 && cacheStatus.equals("sidecache; hit");
    }

    boolean isGap() {
      return cacheStatus.contains("detail=gap");
    }
  }

  RelayAndLeaf() {
    SidecacheSchema.install(database);
    database.execute(
        """
        create table item (id int primary key, v bigint not null);
        insert into item select k, 1 from generate_series(1, 200) k;
        select sidecache.attach('item', 'items');
        select sidecache.attach('item', 'old');
        """);
  }

  void startRelay(String secrets) {
    Map<String, String> settings = new HashMap<>();
    settings.put("quarkus.datasource.jdbc.url", database.urlThrough(postgres.port()));
    settings.put("quarkus.datasource.username", TestPostgres.Database.USER);
    settings.put("sidecache.listener.heartbeat-interval", "200ms");
    settings.put("sidecache.listener.heartbeat-timeout", "1s");
    settings.put("sidecache.listener.reconnect-initial", "20ms");
    settings.put("sidecache.listener.reconnect-max", "500ms");
    settings.put("sidecache.channels.fed_changed.cache", "fed");
    settings.put("sidecache.channels.fed_changed.format", "key");
    settings.put("sidecache.caches.fed.maximum-size", "1000");
    String peer = "sidecache.webhooks.leaf.";
    settings.put(peer + "url", "http://127.0.0.1:" + hooks.port() + "/v1/webhooks/in/relay");
    settings.put(peer + "secret", secrets);
    settings.put(peer + "linger", "5ms");
    settings.put(peer + "queue-capacity", "50");
    settings.put(peer + "max-batch-size", "20");
    settings.put(peer + "read-timeout", "400ms");
    settings.put(peer + "connect-timeout", "400ms");
    settings.put(peer + "request-timeout", "500ms");
    settings.put(peer + "max-attempts", "2");
    settings.put(peer + "retry-initial", "20ms");
    settings.put(peer + "retry-max", "200ms");
    relay = RunningSidecar.start(relayPort, settings);
  }

  void startLeaf(String secrets) {
    Map<String, String> settings = new HashMap<>();
    settings.put("sidecache.source", "webhook");
    settings.put("sidecache.senders.relay.secret", secrets);
    settings.put("sidecache.listener.heartbeat-interval", "200ms");
    settings.put("sidecache.listener.heartbeat-timeout", LEAF_TIMEOUT.toMillis() + "ms");
    settings.put("sidecache.caches.items.maximum-size", "1000");
    settings.put("sidecache.caches.fed.maximum-size", "1000");
    settings.put("sidecache.caches.old.maximum-size", "1000");
    settings.put("sidecache.caches.old.on-gap", "serve-stale");
    settings.put("sidecache.caches.old.max-stale", "10m");
    leaf = RunningSidecar.start(leafPort, settings);
  }

  RunningSidecar relay() {
    return Objects.requireNonNull(relay, "the relay is not started");
  }

  RunningSidecar leaf() {
    return Objects.requireNonNull(leaf, "the leaf is not started");
  }

  Read read(String cache, int key) {
    HttpResponse<String> answer = leaf().get(path(cache, key));
    return new Read(
        answer.statusCode(),
        answer.headers().firstValue("Cache-Status").orElse(""),
        answer.headers().firstValue("Sidecache-Fill").orElse(""),
        answer.body());
  }

  /** Fills as an application does; tells whether that was taken. */
  boolean fill(String cache, int key, String token, String value) {
    return leaf().send("PUT", path(cache, key), value, "Sidecache-Fill", token).statusCode() < 300;
  }

  private static String path(String cache, int key) {
    return "/v1/caches/" + cache + "/entries/" + key;
  }

  /** Fills with what the database says, until the leaf has it and calls it fresh. */
  void awaitPlainHit(String cache, int key) {
    await()
        .atMost(RunningSidecar.LIMIT)
        .until(
            () -> {
              Read read = read(cache, key);
              if (read.status() == 404 && !read.token().isEmpty()) {
                fill(cache, key, read.token(), value(key));
              }
              return read.isPlainHit();
            });
  }

  String value(int key) {
    return database.query("select v::text from item where id = " + key);
  }

  /** Changes a row, and tells its new value. */
  String change(int key) {
    return database.query(
        "with u as (update item set v = v + 1 where id = "
            + key
            + " returning v) select v::text from u");
  }

  @Override
  public void close() {
    if (relay != null) {
      relay.close();
    }
    if (leaf != null) {
      leaf.close();
    }
    hooks.close();
    postgres.close();
  }
}
