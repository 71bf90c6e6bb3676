/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.evict;
import static io.sidecache.rest.conformance.Calls.newProduct;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.app.EventReader;
import io.sidecache.app.Sidecar;
import io.vertx.core.json.JsonObject;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code GET /v1/events}. */
final class EventClauses {
  private static final String ROW = "GET /v1/events";

  private EventClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            ROW,
            "server-sent events: one JSON object each, with cache, key, position, at",
            () -> {
              try (EventReader reader = EventReader.open("?cache=plain").ready()) {
                evict("plain", "{\"keys\":[\"e1\"]}");
                JsonObject data = reader.awaitKey("e1");
                assertThat(data.getString("cache")).isEqualTo("plain");
                assertThat(data.getString("at")).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:.*Z");
                assertThat(data.getString("position")).isNotEmpty();
                assertThat(reader.events().getFirst().name()).isEqualTo("invalidated");
                assertThat(reader.events().getFirst().id()).isNotEmpty();
              }
            }),
        new Clause(
            ROW,
            "\"group\" or \"whole\":true in place of key",
            () -> {
              try (EventReader reader = EventReader.open("?cache=plain").ready()) {
                evict("plain", "{\"groups\":[\"eg\"]}");
                Sidecar.delete("/v1/caches/plain/entries");
                await().atMost(Sidecar.LIMIT).until(() -> reader.events().size() == 2);
                assertThat(reader.events().get(0).data().getString("group")).isEqualTo("eg");
                assertThat(reader.events().get(1).data().getBoolean("whole")).isTrue();
              }
            }),
        new Clause(
            ROW,
            "?cache= and ?group= let pass what concerns them",
            () -> {
              try (EventReader cache = EventReader.open("?cache=orders").ready();
                  EventReader group = EventReader.open("?group=wanted").ready()) {
                evict("plain", "{\"keys\":[\"other\"],\"groups\":[\"wanted\",\"unwanted\"]}");
                evict("orders", "{\"keys\":[\"mine\"]}");
                cache.awaitKey("mine");
                await().atMost(Sidecar.LIMIT).until(() -> !group.events().isEmpty());
                assertThat(cache.keys()).containsExactly("mine");
                assertThat(group.events()).hasSize(1);
              }
            }),
        new Clause(
            ROW,
            "?include=value adds the reloaded value",
            () -> {
              String id = newProduct();
              try (EventReader reader = EventReader.open("?cache=products&include=value").ready()) {
                Calls.database().execute("update products set name = 'told' where id = " + id);
                assertThat(reader.awaitKey(id).getJsonObject("value").getString("name"))
                    .isEqualTo("told");
              }
            }),
        new Clause(
            ROW,
            "Last-Event-ID resumes",
            () -> {
              String id;
              try (EventReader reader = EventReader.open("?cache=plain").ready()) {
                evict("plain", "{\"keys\":[\"before\"]}");
                reader.awaitKey("before");
                id = reader.id();
              }
              evict("plain", "{\"keys\":[\"missed\"]}");
              try (EventReader again = EventReader.open("?cache=plain", "Last-Event-ID", id)) {
                again.awaitKey("missed");
                assertThat(again.keys()).containsExactly("missed");
              }
            }),
        new Clause(
            ROW,
            "a position that is not in the ring gets one reset",
            () -> {
              for (String old : List.of("0123456789abcdef-7", "0", "never seen")) {
                try (EventReader reader =
                    EventReader.open("?cache=plain", "Last-Event-ID", old).ready()) {
                  evict("plain", "{\"keys\":[\"after\"]}");
                  reader.awaitKey("after");
                  assertThat(reader.names()).containsExactly("reset", "invalidated");
                }
              }
            }),
        new Clause(
            ROW,
            "position stands there also where only a trigger of the application's tells",
            () -> {
              String id = newProduct();
              try (EventReader reader = EventReader.open("?cache=products").ready()) {
                Calls.database().execute("update products set name = 'placed' where id = " + id);
                assertThat(reader.awaitKey(id).getString("position")).isNotEmpty();
              }
            }),
        new Clause(
            ROW,
            "gap-opened and gap-closed",
            () -> {
              try (EventReader reader = EventReader.open("").ready()) {
                Calls.database()
                    .execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where application_name ="
                            + " 'sidecache-listener' and datname = current_database()");
                await().atMost(Sidecar.LIMIT).until(() -> reader.names().contains("gap-closed"));
                assertThat(reader.names()).contains("gap-opened");
              }
            }),
        new Clause(
            ROW,
            "a comment line every 15 s",
            () -> {
              try (EventReader reader = EventReader.open("?cache=orders").ready()) {
                int from = reader.lines().size();
                await()
                    .atMost(Sidecar.LIMIT)
                    .until(
                        () -> {
                          List<String> lines = reader.lines();
                          return lines.subList(from, lines.size()).stream()
                              .anyMatch(l -> l.startsWith(":"));
                        });
              }
            }),
        new Clause(ROW, "a slow reader is cut off", EventClauses::slowReader));
  }

  private static void slowReader() throws Exception {
    try (Socket slow = new Socket()) {
      slow.setReceiveBufferSize(4096);
      slow.connect(new InetSocketAddress(Sidecar.uri("/").getHost(), Sidecar.uri("/").getPort()));
      slow.setSoTimeout(Math.toIntExact(Sidecar.LIMIT.toMillis()));
      slow.getOutputStream()
          .write("GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      try (EventReader witness = EventReader.open("?cache=orders").ready()) {
        // Far more than the kernel keeps of one connection, and less than the ring at a time.
        for (int round = 0; round < 100; round++) {
          Calls.database()
              .execute(
                  "select count(pg_notify('sidecache_invalidation', '{\"v\":1,\"i\":[' ||"
                      + " (select string_agg('{\"cache\":\"plain\",\"key\":\"' || n || '-' || i ||"
                      + " repeat('x', 500) || '\"}', ',') from generate_series(1, 14) i) || ']}'))"
                      + " from generate_series(1, 30) n");
          evict("orders", "{\"keys\":[\"round " + round + "\"]}");
          witness.awaitKey("round " + round);
        }
      }
      InputStream in = slow.getInputStream();
      byte[] chunk = new byte[65536];
      int length = in.read(chunk);
      while (length >= 0) {
        length = in.read(chunk); // ends where it was cut off, though events go on
      }
    }
  }
}
