/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.EventReader;
import io.sidecache.app.EventsProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.stream.EventStream;
import io.sidecache.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The live stream over HTTP, with PostgreSQL behind it. */
@QuarkusTest
@TestProfile(EventsProfile.class)
final class EventsTest {
  private static final String NOTIFY =
      "select pg_notify('sidecache_invalidation', '{\"v\":1,\"i\":[%s]}')::text";
  private static final AtomicInteger NEXT_PRODUCT = new AtomicInteger(5000);

  private final TestPostgres.Database database = ArticleDatabase.database();
  private final List<EventReader> readers = new ArrayList<>();

  @Inject EventStream stream;

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  @AfterEach
  void close() {
    readers.forEach(EventReader::close);
    await().atMost(Sidecar.LIMIT).until(() -> stream.figures().subscribers() == 0);
  }

  private EventReader open(String query, String... fields) {
    EventReader reader = EventReader.open(query, fields).ready();
    readers.add(reader);
    return reader;
  }

  private void evict(String cache, String... keys) {
    for (String key : keys) {
      database.query(NOTIFY.formatted("{\"cache\":\"" + cache + "\",\"key\":\"" + key + "\"}"));
    }
  }

  private int insertProduct() {
    int id = NEXT_PRODUCT.incrementAndGet();
    database.execute("insert into products values (" + id + ", 'Towel', 12)");
    return id;
  }

  @Test
  void get_stream_hasItsHeadersAndItsFirstBytesAtOnce() {
    String raw =
        Sidecar.rawUntil(
            "GET /v1/events HTTP/1.1\r\nHost: sidecache\r\n\r\n",
            answer -> answer.contains("\r\n\r\n") && answer.contains("\n\n"));
    assertThat(raw)
        .startsWith("HTTP/1.1 200")
        .containsIgnoringCase("content-type: text/event-stream\r\n")
        .containsIgnoringCase("cache-control: no-store\r\n")
        .containsIgnoringCase("x-accel-buffering: no\r\n")
        .contains(": sidecache\nretry: 2000\nid: ");
  }

  @Test
  void change_inPostgres_isGoneBeforeTheReaderHears() {
    EventReader reader = open("?cache=products");
    int id = insertProduct();
    reader.awaitKey(Integer.toString(id));
    Sidecar.get("/v1/caches/products/entries/" + id).assertStatus(200);
    Sidecar.get("/v1/caches/products/entries/" + id).assertStatus(200);
    int before = reader.keys().size();

    database.execute("update products set price = 13 where id = " + id);

    await().atMost(Sidecar.LIMIT).until(() -> reader.keys().size() > before);
    assertThat(Sidecar.get("/v1/caches/products/entries/" + id).cacheStatus())
        .isEqualTo("sidecache; fwd=uri-miss; stored");
    JsonObject data = reader.events().getLast().data();
    assertThat(data.getString("cache")).isEqualTo("products");
    assertThat(data.getString("at")).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
    assertThat(reader.events().getLast().name()).isEqualTo("invalidated");
  }

  @Test
  void filters_cacheAndGroup_letPassWhatConcernsThem() {
    EventReader orders = open("?cache=orders&cache=plain");
    EventReader group = open("?group=list&group=a%26b");
    evict("products", "1");
    evict("orders", "2");
    evict("plain", "3");
    database.query(NOTIFY.formatted("{\"cache\":\"products\",\"group\":\"list\"}"));
    database.query(NOTIFY.formatted("{\"cache\":\"products\",\"group\":\"other\"}"));
    database.query(NOTIFY.formatted("{\"cache\":\"products\",\"group\":\"a&b\"}"));
    database.query(NOTIFY.formatted("{\"cache\":\"plain\",\"whole\":true}"));

    await().atMost(Sidecar.LIMIT).until(() -> orders.events().size() == 3);
    await().atMost(Sidecar.LIMIT).until(() -> group.events().size() == 3);
    assertThat(orders.keys()).containsExactly("2", "3");
    assertThat(orders.events().getLast().data().getBoolean("whole")).isTrue();
    assertThat(group.events().stream().map(event -> event.data().getString("group", "-")))
        .containsExactly("list", "a&b", "-");
  }

  @Test
  void resume_byFieldAndByParameter_getsWhatWasMissed() {
    EventReader reader = open("?cache=plain");
    evict("plain", "r1");
    reader.awaitKey("r1");
    String id = reader.id();
    reader.close();
    evict("plain", "r2", "r3");

    EventReader byField = open("?cache=plain&last-event-id=nonsense", "Last-Event-ID", id);
    EventReader byParameter = open("?cache=plain&last-event-id=" + id);
    evict("plain", "r4");

    byField.awaitKey("r4");
    byParameter.awaitKey("r4");
    assertThat(byField.keys()).containsExactly("r2", "r3", "r4");
    assertThat(byParameter.keys()).containsExactly("r2", "r3", "r4");
    assertThat(byField.names()).containsOnly("invalidated");
  }

  @Test
  void resume_ofAnotherProcess_isResetOnce() {
    EventReader reader = open("?cache=plain", "Last-Event-ID", "0123456789abcdef-7").ready();
    evict("plain", "x");
    reader.awaitKey("x");
    assertThat(reader.names()).containsExactly("reset", "invalidated");
    assertThat(reader.events().getFirst().data().getBoolean("everything")).isTrue();
  }

  @Test
  void resume_ofNoStream_isResetOnce() {
    for (String position : List.of("0", "canary", "1-745-0/0", "0123456789ABCDEF-7")) {
      EventReader reader = open("?cache=plain", "Last-Event-ID", position).ready();
      evict("plain", "y");
      reader.awaitKey("y");
      assertThat(reader.names()).containsExactly("reset", "invalidated");
    }
  }

  @Test
  void resume_ofAnotherProcess_isToldNoPlaceBeforeTheReset() {
    EventReader reader = open("", "Last-Event-ID", "0123456789abcdef-7");
    await().atMost(Sidecar.LIMIT).until(() -> reader.names().contains("reset"));
    List<String> lines = reader.lines();
    int first = lines.indexOf("event: reset");
    assertThat(lines.subList(0, first).stream().filter(line -> line.startsWith("id:"))).hasSize(1);
    assertThat(lines.get(first - 1)).startsWith("id: ");
  }

  @Test
  void resume_olderThanTheRing_isResetOnce() {
    EventReader reader = open("?cache=plain");
    String id = reader.id();
    reader.close();
    database.query(
        "select count(pg_notify('sidecache_invalidation',"
            + " '{\"v\":1,\"i\":[{\"cache\":\"orders\",\"key\":\"' || n || '\"}]}'))::text"
            + " from generate_series(0, "
            + EventsProfile.REPLAY
            + ") n");
    evict("plain", "after");
    await()
        .atMost(Sidecar.LIMIT)
        .until(() -> stream.figures().appended() > EventsProfile.REPLAY + 1);
    EventReader again = open("?cache=plain", "Last-Event-ID", id);
    evict("plain", "live");
    again.awaitKey("live");
    assertThat(again.names()).startsWith("reset");
    assertThat(again.names().stream().filter("reset"::equals)).hasSize(1);
  }

  @Test
  void request_malformed_isRefused() {
    for (String query :
        List.of(
            "?include=values",
            "?include=",
            "?group=",
            "?caches=products",
            "?canary=1",
            "?group=" + "x".repeat(600))) {
      Sidecar.get("/v1/events" + query).assertProblem(400, "invalid-request");
    }
    Sidecar.rawGet("/v1/events?group=%zz").assertProblem(400, "invalid-request");
    Sidecar.get("/v1/events?cache=canary").assertProblem(404, "unknown-cache");
    assertThat(stream.figures().subscribers()).isZero();
  }

  @Test
  void methods_otherThanGet_areAnsweredLikeElsewhere() {
    for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
      Answer answer =
          Sidecar.send(method, "/v1/events", BodyPublishers.noBody())
              .assertProblem(405, "method-not-allowed");
      assertThat(answer.header("Allow")).isEqualTo("GET, HEAD");
    }
    Answer head = Sidecar.head("/v1/events").assertStatus(200);
    assertThat(head.header("Content-Type")).isEqualTo("text/event-stream");
    assertThat(stream.figures().subscribers()).isZero();
  }

  @Test
  void values_areThereWhereTheCacheHasALoad() {
    EventReader reader = open("?include=value");
    int id = insertProduct();
    JsonObject data = reader.awaitKey(Integer.toString(id));
    assertThat(data.getJsonObject("value").getString("name")).isEqualTo("Towel");
    assertThat(data.getString("mediaType")).isEqualTo("application/json");

    evict("names", Integer.toString(id));
    evict("bytes", Integer.toString(id));
    evict("broken", "b1");
    evict("plain", "p1");
    evict("names", "999999");
    reader.awaitKey("999999");

    List<JsonObject> all = reader.events().stream().map(EventReader.Event::data).toList();
    assertThat(all).hasSize(6);
    assertThat(all.get(1).getString("value")).isEqualTo("Towel");
    assertThat(all.get(2).getString("valueBase64")).isEqualTo("VG93ZWw=");
    assertThat(all.get(3).fieldNames()).doesNotContain("value", "valueBase64");
    assertThat(all.get(4).fieldNames()).doesNotContain("value", "valueBase64");
    assertThat(all.get(5).getMap()).containsEntry("value", null);
  }

  @Test
  void values_ofManyEvictions_comeInOrderAndHoldNobodyUp() {
    EventReader with = open("?cache=names&include=value");
    EventReader without = open("?cache=names");
    List<String> wanted =
        IntStream.range(0, 200).mapToObj(i -> Integer.toString(700_000 + i)).toList();
    evict("names", wanted.toArray(String[]::new));
    without.awaitKey(wanted.getLast());
    with.awaitKey(wanted.getLast());
    assertThat(with.keys()).isEqualTo(wanted);
    assertThat(without.keys()).isEqualTo(wanted);
  }

  @Test
  void gap_isToldWhenItOpensAndCloses() {
    EventReader reader = open("");
    database.query(
        "select count(pg_terminate_backend(pid))::text from pg_stat_activity"
            + " where application_name = 'sidecache-listener' and datname = current_database()");
    await().atMost(Sidecar.LIMIT).until(() -> reader.names().contains("gap-closed"));
    assertThat(reader.names().getFirst()).isEqualTo("gap-opened");
    assertThat(reader.names().getLast()).isEqualTo("gap-closed");
    // In between is what may have been missed: without a log, all of it.
    assertThat(reader.names()).hasSizeGreaterThan(2);
    assertThat(reader.events().getLast().data().getLong("lengthMillis")).isNotNegative();
  }

  @Test
  void beat_isACommentThatMovesTheId() {
    EventReader reader = open("?cache=orders");
    String before = reader.id();
    evict("plain", "elsewhere");
    EventReader witness = open("");
    stream.beat();
    await().atMost(Sidecar.LIMIT).until(() -> reader.lines().contains(":"));
    assertThat(reader.id()).isNotEqualTo(before).isEqualTo(witness.id());
    assertThat(reader.events()).isEmpty();
  }

  @Test
  void reader_thatDoesNotRead_isCutAndHarmsNobody() throws IOException {
    long cut = stream.figures().cut();
    try (Socket slow = new Socket()) {
      slow.setReceiveBufferSize(4096);
      slow.connect(new InetSocketAddress(Sidecar.uri("/").getHost(), Sidecar.uri("/").getPort()));
      slow.getOutputStream()
          .write(
              "GET /v1/events HTTP/1.1\r\nHost: sidecache\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      await().atMost(Sidecar.LIMIT).until(() -> stream.figures().subscribers() == 1);
      EventReader healthy = open("?cache=plain");
      EventReader witness = open("?cache=orders");
      // Less than the ring at a time, and in the end far more than the kernel keeps.
      for (int round = 0; stream.figures().cut() == cut && round < 200; round++) {
        database.query(
            "select count(pg_notify('sidecache_invalidation', '{\"v\":1,\"i\":[' ||"
                + " (select string_agg('{\"cache\":\"orders\",\"key\":\"' || n || '-' || i ||"
                + " repeat('x', 500) || '\"}', ',') from generate_series(1, 14) i) || ']}'))::text"
                + " from generate_series(1, 30) n");
        evict("orders", "round " + round);
        witness.awaitKey("round " + round);
      }
      await().atMost(Sidecar.LIMIT).until(() -> stream.figures().cut() == cut + 1);
      await().atMost(Sidecar.LIMIT).until(() -> stream.figures().subscribers() == 2);
      evict("plain", "still here");
      healthy.awaitKey("still here");
      assertThat(healthy.isEnded()).isFalse();
    }
  }

  @Test
  void thousandReaders_eachGetEveryEvent_andOneTooManyIsTurnedAway() {
    List<EventReader> many = new ArrayList<>();
    for (int i = 0; i < EventsProfile.MOST_SUBSCRIBERS; i++) {
      EventReader reader = EventReader.open(i % 2 == 0 ? "" : "?cache=plain");
      many.add(reader);
      readers.add(reader);
    }
    await()
        .atMost(Sidecar.LIMIT)
        .until(() -> many.stream().noneMatch(reader -> reader.id().isEmpty()));
    assertThat(stream.figures().subscribers()).isEqualTo(EventsProfile.MOST_SUBSCRIBERS);
    Answer refused = Sidecar.get("/v1/events").assertProblem(503, "too-many-subscribers");
    assertThat(refused.header("Retry-After")).isEqualTo("5");

    List<String> wanted = IntStream.range(0, 100).mapToObj(i -> "k" + i).toList();
    evict("plain", wanted.toArray(String[]::new));

    await()
        .atMost(Sidecar.LIMIT)
        .until(() -> many.stream().allMatch(reader -> reader.events().size() >= wanted.size()));
    assertThat(many).allSatisfy(reader -> assertThat(reader.keys()).isEqualTo(wanted));
  }

  @Test
  void figures_ofTheStream_areMetersAndHealthData() {
    open("");
    String page = Sidecar.management("/metrics").assertStatus(200).text();
    for (String line :
        List.of(
            "sidecache_stream_subscribers 1.0",
            "sidecache_stream_ring ",
            "sidecache_stream_appended_total ",
            "sidecache_stream_sent_total ",
            "sidecache_stream_resets_total ",
            "sidecache_stream_cut_total ",
            "sidecache_stream_refused_total ",
            "sidecache_source_webhooks_total{result=\"accepted\",sender=\"billing\"} ")) {
      assertThat(page).contains("\n" + line);
    }
    assertThat(Sidecar.management("/health/well").text())
        .contains("\"subscribers\": 1", "\"sender billing\"");
  }
}
