/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.ConsistencyProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A read that names a commit is never answered with a value that is older (P4). */
@QuarkusTest
@TestProfile(ConsistencyProfile.class)
final class ReadYourWritesTest {
  private static final String PRODUCTS = "/v1/caches/products/entries/";
  private static final String PLAIN = "/v1/caches/plain/entries/";
  private static final String AFTER = "Sidecache-After";
  private static final int ROUNDS = 1_000;
  private static final int SLOW_ROUNDS = 60;
  private static final int WRITERS = 3;
  private static final int FIRST_ROW = 30;
  private static final int ROWS = 5;

  private final TestPostgres.Database database = ArticleDatabase.database();
  private final FaultProxy listener = ArticleDatabase.listenerProxy();

  @BeforeEach
  @AfterEach
  void whole() {
    listener.setMode(FaultProxy.Mode.PASS);
    Sidecar.awaitFresh();
  }

  /** A commit that somebody made. */
  private record Commit(double value, String position) {}

  /** Values only grow, so that the older of two can be told. */
  private static Commit raise(Connection connection, int row) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      double value;
      try (ResultSet raised =
          statement.executeQuery(
              "update products set price = price + 1 where id = " + row + " returning price")) {
        raised.next();
        value = raised.getDouble(1);
      }
      try (ResultSet position = statement.executeQuery("select pg_current_wal_insert_lsn()")) {
        position.next();
        return new Commit(value, position.getString(1));
      }
    }
  }

  private static double price(Answer answer) {
    return answer.assertStatus(200).json().getDouble("price");
  }

  @Test
  void get_afterOnesOwnCommit_isNeverOlderUnderConcurrentWriters() throws Exception {
    AtomicBoolean ended = new AtomicBoolean();
    int olderPlain = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Connection connection = database.dataSource().getConnection()) {
      List<Future<Integer>> writers = new ArrayList<>();
      try {
        for (int i = 0; i < WRITERS; i++) {
          int seed = i;
          writers.add(threads.submit(() -> write(seed, ended)));
        }
        for (int round = 0; round < ROUNDS; round++) {
          boolean slow = round >= ROUNDS - SLOW_ROUNDS;
          if (slow) {
            listener.setMode(FaultProxy.Mode.SLOW);
          }
          int row = FIRST_ROW + round % ROWS;
          Sidecar.get(PRODUCTS + row).assertStatus(200);
          Commit own = raise(connection, row);
          if (slow && price(Sidecar.get(PRODUCTS + row)) < own.value) {
            olderPlain++;
          }
          Answer answer = Sidecar.get(PRODUCTS + row, AFTER, own.position);
          assertThat(price(answer))
              .as("round %d, row %d: %s", round, row, answer)
              .isGreaterThanOrEqualTo(own.value);
          assertThat(answer.cacheStatus()).doesNotContain("detail");
        }
      } finally {
        ended.set(true);
      }
      for (Future<Integer> writer : writers) {
        assertThat(written(writer)).isPositive();
      }
    }
    assertThat(olderPlain).as("plain reads that were older, with late notifications").isPositive();
  }

  private int write(int seed, AtomicBoolean ended) throws SQLException {
    int written = 0;
    try (Connection connection = database.dataSource().getConnection()) {
      while (!ended.get()) {
        raise(connection, FIRST_ROW + (seed + written) % ROWS);
        written++;
      }
    }
    return written;
  }

  private static int written(Future<Integer> writer) throws InterruptedException {
    try {
      return writer.get();
    } catch (ExecutionException e) {
      throw new AssertionError("a writer failed", e.getCause());
    }
  }

  @Test
  void get_notificationsStalled_isAnsweredByTheDatabase() throws SQLException {
    Sidecar.get(PRODUCTS + "40").assertStatus(200);
    listener.setMode(FaultProxy.Mode.STALL_TO_CLIENT);
    Commit own;
    try (Connection connection = database.dataSource().getConnection()) {
      own = raise(connection, 40);
    }
    assertThat(price(Sidecar.get(PRODUCTS + "40"))).as("what memory holds").isLessThan(own.value);

    Answer answer = Sidecar.get(PRODUCTS + "40", AFTER, own.position);
    assertThat(price(answer)).isEqualTo(own.value);
    assertThat(answer.cacheStatus())
        .isEqualTo("sidecache; fwd=request; detail=position-timeout; stored");
    Sidecar.get(PRODUCTS + "40", AFTER, own.position, "Cache-Control", "only-if-cached")
        .assertProblem(504, "not-cached");
  }

  @Test
  void get_notificationsStalledAndLookAside_isATimeout() {
    Sidecar.fill(PLAIN + "waits", "x");
    listener.setMode(FaultProxy.Mode.STALL_TO_CLIENT);
    database.execute("select sidecache.invalidate('plain', 'waits')");
    String position = database.query("select pg_current_wal_insert_lsn()");

    Answer answer =
        Sidecar.get(PLAIN + "waits", AFTER, position).assertProblem(504, "position-timeout");
    assertThat(answer.cacheStatus()).isEqualTo("sidecache; fwd=request; detail=position-timeout");

    listener.setMode(FaultProxy.Mode.PASS);
    Sidecar.get(PLAIN + "waits", AFTER, position).assertProblem(404, "entry-absent");
  }

  @Test
  void get_positionReached_isAnsweredAsAnyOther() {
    Sidecar.fill(PLAIN + "hit", "x");
    String position = database.query("select pg_current_wal_insert_lsn()");
    for (String named : new String[] {"0/0", "0/1", position, position.toLowerCase(Locale.ROOT)}) {
      assertThat(Sidecar.get(PLAIN + "hit", AFTER, named).assertStatus(200).cacheStatus())
          .as(named)
          .isEqualTo("sidecache; hit");
      assertThat(Sidecar.head(PLAIN + "hit", AFTER, named).cacheStatus())
          .isEqualTo("sidecache; hit");
    }
    assertThat(Sidecar.get(PLAIN + "absent", AFTER, position).token()).isNotEmpty();
    Sidecar.get(PRODUCTS + "100500", AFTER, position).assertProblem(404, "row-absent");
  }

  @Test
  void get_positionMalformed_isRefused() {
    Sidecar.fill(PLAIN + "malformed", "x");
    for (String malformed :
        new String[] {
          "", "x", "16", "16/", "/16", "0/0/0", "16/G", "123456789/0", "-1/0", "0/0, 0/0"
        }) {
      Answer refused =
          Sidecar.get(PLAIN + "malformed", AFTER, malformed).assertProblem(400, "invalid-request");
      assertThat(refused.json().getString("detail")).contains(AFTER);
      Sidecar.head(PRODUCTS + "1", AFTER, malformed).assertStatus(400);
    }
    Sidecar.get(PLAIN + "malformed", AFTER, "0/0", AFTER, "0/0")
        .assertProblem(400, "invalid-request");
  }
}
