/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.ConsistencyProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Fills by readers whose snapshot may be older than their token. */
@QuarkusTest
@TestProfile(ConsistencyProfile.class)
final class SnapshotFillsTest {
  private static final String PLAIN = "/v1/caches/plain/entries/";
  private static final String FILL = "Sidecache-Fill";
  private static final String AFTER = "Sidecache-After";
  private static final String SNAPSHOT = "Sidecache-Snapshot";

  private final TestPostgres.Database database = ArticleDatabase.database();

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  /** What a transaction of the application read, and when. */
  private record Read(String name, String snapshot) {
    static Read of(Connection connection) throws SQLException {
      try (Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "select name, pg_current_snapshot() from products where id = 50")) {
        row.next();
        return new Read(row.getString(1), row.getString(2));
      }
    }
  }

  private Read readNow() throws SQLException {
    try (Connection connection = database.dataSource().getConnection()) {
      return Read.of(connection);
    }
  }

  private void change(String name) {
    database.execute(
        "update products set name = '%s' where id = 50; select sidecache.invalidate('plain', '50')"
            .formatted(name));
  }

  /** A token that is given when all that has been committed is applied. */
  private String tokenOfNow() {
    String position = database.query("select pg_current_wal_insert_lsn()");
    return Sidecar.get(PLAIN + "50", AFTER, position).assertStatus(404).token();
  }

  private Answer fill(Read read) {
    return Sidecar.put(PLAIN + "50", read.name, FILL, tokenOfNow(), SNAPSHOT, read.snapshot);
  }

  @Test
  void put_snapshotOfBeforeTheChange_isRefusedAndOneOfAfterIsSoonTaken() throws SQLException {
    change("first");
    await().atMost(Sidecar.LIMIT).until(() -> fill(readNow()).status() == 201);
    change("first"); // empties it again
    try (Connection reader = database.dataSource().getConnection()) {
      reader.setAutoCommit(false);
      reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      Read before = Read.of(reader);

      change("second");

      Answer refused = fill(before).assertProblem(412, "fill-refused");
      assertThat(refused.cacheStatus()).isEqualTo("sidecache; detail=fill-refused");
      await().atMost(Sidecar.LIMIT).untilAsserted(() -> fill(readNow()).assertStatus(201));
      assertThat(Sidecar.get(PLAIN + "50").text()).isEqualTo("second");

      // However long ago it was by now; and without the snapshot nobody could have told.
      change("third");
      Read again = Read.of(reader);
      assertThat(again).isEqualTo(before);
      fill(again).assertProblem(412, "fill-refused");
      Sidecar.put(PLAIN + "50", again.name, FILL, tokenOfNow()).assertStatus(201);
      assertThat(Sidecar.get(PLAIN + "50").text()).isEqualTo("first");
      reader.rollback();
    }
  }

  @Test
  void put_snapshotAndNoToken_needsTheTokenUnlessTheCacheTakesFillsWithout() throws SQLException {
    Read read = readNow();
    Sidecar.put(PLAIN + "none", "x", SNAPSHOT, read.snapshot)
        .assertProblem(428, "fill-token-required");
    String unfenced = "/v1/caches/unfenced/entries/a";
    await()
        .atMost(Sidecar.LIMIT)
        .until(() -> Sidecar.put(unfenced, "x", SNAPSHOT, readNow().snapshot).status() == 201);
    // The first transaction of a database sees nothing of what has been applied since.
    Sidecar.put(unfenced, "x", SNAPSHOT, "3:3:").assertProblem(412, "fill-refused");
  }

  @Test
  void put_snapshotMalformed_isRefused() {
    String token = Sidecar.get(PLAIN + "snapshot-malformed").token();
    for (String malformed :
        new String[] {
          "", "x", "10", "10:9:", "10:12:12", "10:12:11,10", "-1:5:", "10:12:,", "1:2:3:"
        }) {
      Answer refused =
          Sidecar.put(PLAIN + "snapshot-malformed", "x", FILL, token, SNAPSHOT, malformed)
              .assertProblem(400, "invalid-request");
      assertThat(refused.json().getString("detail")).contains(SNAPSHOT);
    }
    Sidecar.put(PLAIN + "snapshot-malformed", "x", FILL, token, SNAPSHOT, "1:2:", SNAPSHOT, "1:2:")
        .assertProblem(400, "invalid-request");
    Sidecar.get(PLAIN + "snapshot-malformed").assertProblem(404, "entry-absent");
  }
}
