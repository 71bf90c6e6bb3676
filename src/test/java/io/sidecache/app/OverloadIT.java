/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.soak.Answer;
import io.sidecache.soak.HttpPipe;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * More than the shipped application or its database can do, with a heap of 128 MB: what is too much
 * is turned away with 429 or 503 and {@code Retry-After}, hits stay true, the connection to
 * PostgreSQL stands, and afterwards all is as before.
 */
final class OverloadIT {
  private static final int WARM = 20;
  private static final String ROWS = "/v1/caches/rows/entries/";
  private static final String VALUES = "/v1/caches/values/entries/";

  private static final TestPostgres.Database DATABASE =
      TestPostgres.shared().createDatabase("overload");
  private static RunningSidecar sidecar;

  private final List<Thread> threads = new ArrayList<>();
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private volatile boolean on = true;

  @BeforeAll
  static void start() {
    SidecacheSchema.install(DATABASE);
    DATABASE.execute(
        """
        create table rows (id int primary key, v int not null);
        insert into rows select k, 1 from generate_series(1, 10000) k;
        select sidecache.attach('rows', 'rows');
        create table pace (seconds float8 not null);
        insert into pace values (0);
        create sequence begun;
        create function pace() returns boolean language plpgsql volatile as $$
        begin
          perform nextval('begun');
          perform pg_sleep(seconds) from pace where seconds > 0;
          return true;
        end $$;
        """);
    sidecar =
        RunningSidecar.start(
            RunningSidecar.freePort(),
            Map.of(
                "quarkus.datasource.jdbc.url", DATABASE.url(),
                "quarkus.datasource.username", TestPostgres.Database.USER,
                "sidecache.caches.rows.load",
                    "select t.id || ':' || t.v from rows t where t.id = ?::int and pace()",
                "sidecache.caches.rows.max-concurrent-loads", "2",
                "sidecache.caches.values.maximum-weight", "16M",
                "sidecache.caches.values.unfenced-fills", "true"));
  }

  @AfterAll
  static void stop() {
    sidecar.close();
  }

  @BeforeEach
  void warm() {
    await()
        .atMost(RunningSidecar.LIMIT)
        .untilAsserted(
            () -> {
              for (int key = 1; key <= WARM; key++) {
                assertThat(get(ROWS + key).cacheStatus()).isEqualTo("sidecache; hit");
              }
            });
  }

  @AfterEach
  void requireAllAsBefore() throws InterruptedException {
    on = false;
    for (Thread thread : threads) {
      thread.join();
    }
    DATABASE.execute("update pace set seconds = 0");
    // No more of it is turned away, once what waits has been answered.
    await()
        .atMost(RunningSidecar.LIMIT)
        .untilAsserted(
            () -> {
              for (int key = 9_000; key < 9_020; key++) {
                assertThat(get(ROWS + key).status()).isEqualTo(200);
              }
              assertThat(put(VALUES + "after", "x").status()).isIn(201, 204);
              assertThat(exchange("DELETE", VALUES + "after", "").status()).isEqualTo(204);
            });
    assertThat(sidecar.log()).doesNotContain("was lost", "OutOfMemory", "ERROR");
  }

  private static HttpPipe pipe() throws IOException {
    return new HttpPipe(sidecar.uri("/").getPort());
  }

  private static String request(String method, String path, String body) {
    return "%s %s HTTP/1.1\r\nHost: sidecar\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(method, path, body.length(), body);
  }

  private static Answer exchange(String method, String path, String body) {
    try (HttpPipe pipe = pipe()) {
      return pipe.exchange(request(method, path, body));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Answer get(String path) {
    return exchange("GET", path, "");
  }

  private static Answer put(String path, String body) {
    return exchange("PUT", path, body);
  }

  /** What one client does, again and again, over one connection. */
  private interface Client {
    Answer ask(HttpPipe pipe, int turn) throws IOException;
  }

  private void flood(int clients, Client client) {
    AtomicInteger turns = new AtomicInteger();
    for (int i = 0; i < clients; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (HttpPipe pipe = pipe()) {
                      while (on) {
                        answers.add(client.ask(pipe, turns.incrementAndGet()));
                      }
                    } catch (IOException e) {
                      throw new UncheckedIOException(e);
                    }
                  }));
    }
  }

  private long answered(int status) {
    return answers.stream().filter(answer -> answer.status() == status).count();
  }

  private void assertOnlyAnswersOrRefusals(int... good) {
    assertThat(answers)
        .allSatisfy(
            answer -> {
              if (answer.status() == 429 || answer.status() == 503) {
                assertThat(answer.retryAfter()).as("%s", answer).isTrue();
              } else {
                assertThat(good).as("%s", answer).contains(answer.status());
              }
            });
  }

  private static void assertHits() {
    for (int key = 2; key <= WARM; key++) {
      Answer answer = get(ROWS + key);
      assertThat(answer.cacheStatus()).isEqualTo("sidecache; hit");
      assertThat(answer.body()).startsWith(key + ":");
    }
  }

  @Test
  void loads_moreThanTheDatabaseAnswers_areTurnedAwayAndTheOthersAreOfUse() {
    DATABASE.execute("update pace set seconds = 0.1; select setval('begun', 1)");
    flood(200, (pipe, turn) -> pipe.exchange(request("GET", ROWS + (100 + turn % 9_000), "")));

    await().atMost(RunningSidecar.LIMIT).until(() -> answered(429) > 200 && answered(200) >= 40);
    assertHits();
    String version = DATABASE.query("update rows set v = v + 1 where id = 1 returning v");
    await()
        .atMost(RunningSidecar.LIMIT)
        .until(() -> !get(ROWS + 1).cacheStatus().equals("sidecache; hit"));
    for (int i = 0; i < WARM; i++) {
      Answer answer = get(ROWS + 1);
      assertThat(answer.status() == 200 ? answer.body() : "1:" + version).isEqualTo("1:" + version);
    }
    assertOnlyAnswersOrRefusals(200);
    // Whoever had a turn had time enough for it.
    long begun = Long.parseLong(DATABASE.query("select last_value from begun"));
    assertThat(answered(200)).isGreaterThan(begun / 2);
  }

  @Test
  void answers_thatAreNotRead_areNotMade() throws IOException {
    int count = 4_000;
    String value = "v".repeat(100_000);
    assertThat(put(VALUES + "long", value).status()).isIn(201, 204);
    try (HttpPipe deaf = pipe()) {
      byte[] all =
          request("GET", VALUES + "long", "").repeat(count).getBytes(StandardCharsets.US_ASCII);
      deaf.send(all, all.length);
      for (int round = 0; round < 20; round++) {
        assertHits();
      }
      // None is lost: it reads them at last.
      for (int i = 0; i < count; i++) {
        Answer answer = deaf.receive();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body().length()).isEqualTo(value.length());
      }
    }
  }

  @Test
  void fills_thatWouldFillTheHeap_areTurnedAway() throws IOException {
    String value = "v".repeat(1 << 20);
    List<HttpPipe> pipes = new ArrayList<>();
    try {
      for (int i = 0; i < 60; i++) {
        HttpPipe pipe = pipe();
        pipes.add(pipe);
        byte[] most = request("PUT", VALUES + i, value).getBytes(StandardCharsets.US_ASCII);
        pipe.send(most, most.length - 1);
      }
      assertHits();
      for (HttpPipe pipe : pipes) {
        try {
          pipe.send(new byte[] {'v'}, 1);
        } catch (IOException refusedAndClosed) {
          // the answer has come before
        }
        answers.add(pipe.receive());
      }
    } finally {
      for (HttpPipe pipe : pipes) {
        pipe.close();
      }
    }
    assertOnlyAnswersOrRefusals(201, 204);
    assertThat(answered(429)).isPositive();
    assertThat(answered(201) + answered(204)).isPositive();
  }

  @Test
  void invalidations_moreThanPostgresTakes_leaveRoomForHeartbeats() {
    flood(1_000, (pipe, turn) -> pipe.exchange(request("DELETE", VALUES + turn % 1_000, "")));
    await().atMost(RunningSidecar.LIMIT).until(() -> answers.size() > 5_000);
    assertHits();
    assertOnlyAnswersOrRefusals(204);
    assertThat(answered(204)).isPositive();
  }
}
