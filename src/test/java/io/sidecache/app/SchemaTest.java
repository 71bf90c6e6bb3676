/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.testing.TestPostgres;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The schema that the application installed in its own database, by default in this profile. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class SchemaTest {
  private static final String PLAIN = "/v1/caches/plain/entries/";

  private final TestPostgres.Database database = ArticleDatabase.database();

  @BeforeEach
  void fresh() {
    Sidecar.awaitFresh();
  }

  @Test
  void start_testProfile_installsByFlyway() {
    assertThat(
            database.query(
                "select string_agg(version || script || success, ';')"
                    + " from sidecache.flyway_schema_history where version is not null"))
        .isEqualTo("1V1__sidecache.sqltrue");
  }

  @Test
  void attach_newTable_feedsACache() {
    database.execute("create table watched (id bigint primary key, note text)");
    assertThat(database.query("select sidecache.attach('watched', 'plain')")).isEqualTo("t");
    database.execute("insert into watched values (7001, 'first')");
    Sidecar.awaitFresh();
    Sidecar.fill(PLAIN + "7001", "first");
    database.execute("update watched set note = 'second' where id = 7001");
    Sidecar.awaitGet(PLAIN + "7001", answer -> answer.assertProblem(404, "entry-absent"));
  }

  @Test
  void delete_overHttp_isInTheLog() {
    Sidecar.delete(PLAIN + "logged-key").assertStatus(204);
    assertThat(
            database.query(
                "select count(*) from sidecache.invalidation"
                    + " where cache = 'plain' and keys = '{logged-key}'"))
        .isEqualTo("1");
  }
}
