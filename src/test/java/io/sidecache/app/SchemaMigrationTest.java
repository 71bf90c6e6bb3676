/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.sidecache.app.SchemaInstallation.Outcome;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Flyway on real databases, each of them new. */
final class SchemaMigrationTest {
  private static final String SUPERUSER = TestPostgres.Database.USER;
  private static final String PASSWORD = "canary-password";
  private static final int PATIENT_SECONDS = 30;

  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("migrate");
  private final List<AgroalDataSource> pools = new ArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void close() {
    threads.close();
    pools.forEach(AgroalDataSource::close);
  }

  private SchemaMigration migration(String url, String role, int socketTimeoutSeconds)
      throws SQLException {
    AgroalDataSource pool =
        AgroalDataSource.from(
            new AgroalDataSourceConfigurationSupplier()
                .connectionPoolConfiguration(
                    given ->
                        given
                            .maxSize(2)
                            .acquisitionTimeout(Duration.ofSeconds(PATIENT_SECONDS))
                            .connectionFactoryConfiguration(
                                connection ->
                                    connection
                                        .jdbcUrl(url)
                                        .principal(new NamePrincipal(role))
                                        .credential(new SimplePassword(PASSWORD))
                                        .jdbcProperty(
                                            "socketTimeout",
                                            Integer.toString(socketTimeoutSeconds)))));
    pools.add(pool);
    return new SchemaMigration(pool);
  }

  private SchemaMigration as(String role) throws SQLException {
    return migration(database.url(), role, PATIENT_SECONDS);
  }

  private String role(String rights) {
    String role = "role_" + database.name();
    database.execute("create role " + role + " login");
    if (!rights.isEmpty()) {
      database.execute("grant " + rights + " to " + role);
    }
    return role;
  }

  private String history() {
    return database.query(
        "select string_agg(version, ',') from sidecache.flyway_schema_history"
            + " where success and version is not null");
  }

  private boolean isThere(String table) {
    return database
        .query(
            "select count(*) from pg_class where relname = '"
                + table
                + "' and relnamespace = to_regnamespace('sidecache')")
        .equals("1");
  }

  @Test
  void emptyDatabase_isMigratedOnce() throws SQLException {
    SchemaMigration migration = as(SUPERUSER);
    assertThat(migration.attempt()).isEqualTo(new Outcome.Current(1));
    assertThat(history()).isEqualTo("1");
    database.execute("create table item (id bigint primary key)");
    assertThat(database.query("select sidecache.attach('item', 'items')")).isEqualTo("t");
    assertThat(migration.attempt()).isEqualTo(new Outcome.Current(0));
  }

  @Test
  void owner_notASuperuser_isEnough() throws SQLException {
    String role = role("create on database " + database.name());
    assertThat(as(role).attempt()).isEqualTo(new Outcome.Current(1));
    assertThat(
            database.query(
                "select nspowner::regrole from pg_namespace where nspname = 'sidecache'"))
        .isEqualTo(role);
  }

  @Test
  void severalSidecars_atOnce_oneMigratesAndTheOthersWait() throws Exception {
    int sidecars = 4;
    CyclicBarrier together = new CyclicBarrier(sidecars);
    List<Future<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < sidecars; i++) {
      SchemaMigration migration = as(SUPERUSER);
      outcomes.add(
          threads.submit(
              () -> {
                together.await();
                return migration.attempt();
              }));
    }
    int scripts = 0;
    for (Future<Outcome> outcome : outcomes) {
      assertThat(outcome.get(2, TimeUnit.MINUTES)).isInstanceOf(Outcome.Current.class);
      scripts += ((Outcome.Current) outcome.get()).scripts();
    }
    assertThat(scripts).isEqualTo(1);
    assertThat(history()).isEqualTo("1");
  }

  @Test
  void statement_longerThanThePoolsSocketTimeout_isNotCut() throws Exception {
    Future<Outcome> outcome;
    try (Connection other = database.dataSource().getConnection();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("create schema sidecache"); // and ours waits for the end of this
      SchemaMigration migration = migration(database.url(), SUPERUSER, 2);
      outcome = threads.submit(migration::attempt);
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () ->
                  database.query(
                      "select exists (select from pg_stat_activity"
                          + " where datname = current_database() and wait_event_type = 'Lock'"
                          + " and clock_timestamp() - query_start > interval '4 s')"),
              "t"::equals);
      other.rollback();
    }
    assertThat(outcome.get(1, TimeUnit.MINUTES)).isEqualTo(new Outcome.Current(1));
  }

  @Test
  void installedByHand_isLeftAlone() throws SQLException {
    database.execute(SchemaScript.text());
    assertThat(as(SUPERUSER).attempt()).isEqualTo(new Outcome.ByHand());
    assertThat(as(role("")).attempt()).isEqualTo(new Outcome.ByHand());
    assertThat(isThere("flyway_schema_history")).isFalse();
  }

  @Test
  void installedByHand_besideAnEmptyHistory_isLeftAlone() throws SQLException {
    as(SUPERUSER).attempt();
    database.execute("delete from sidecache.flyway_schema_history");
    assertThat(as(SUPERUSER).attempt()).isEqualTo(new Outcome.ByHand());
    assertThat(isThere("invalidation")).isTrue();
  }

  @Test
  void role_withoutRights_isRefusedByName() throws SQLException {
    String role = role("");
    assertThat(as(role).attempt())
        .isEqualTo(
            new Outcome.Forbidden(
                "role " + role + " may not create a schema in database " + database.name()));
    assertThat(database.query("select to_regnamespace('sidecache')")).isNull();
  }

  @Test
  void role_withoutRightsInAnothersSchema_isRefusedByName() throws SQLException {
    as(SUPERUSER).attempt();
    String role = role("sidecache_listener");
    assertThat(as(role).attempt())
        .isEqualTo(new Outcome.Forbidden("role " + role + " may not change schema sidecache"));
  }

  @Test
  void role_withoutRightsInAnEmptySchema_isRefused() throws SQLException {
    String role = role("create on database " + database.name());
    database.execute("create schema sidecache");
    assertThat(as(role).attempt())
        .isInstanceOfSatisfying(
            Outcome.Forbidden.class,
            refused -> assertThat(refused.reason()).contains("42501").doesNotContain("jdbc:"));
    assertThat(isThere("invalidation")).isFalse();
  }

  @Test
  void script_changedSince_isAFailureThatSaysSo() throws SQLException {
    as(SUPERUSER).attempt();
    database.execute("update sidecache.flyway_schema_history set checksum = 7 where version = '1'");
    assertThat(as(SUPERUSER).attempt())
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed ->
                assertThat(failed.reason())
                    .isNotBlank()
                    .doesNotContain("jdbc:", PASSWORD, database.name()));
  }

  @Test
  void postgresql_awayAndBack_isAwayAndThenMigrated() throws SQLException {
    try (FaultProxy proxy = FaultProxy.to(database.port())) {
      SchemaMigration migration =
          migration(database.urlThrough(proxy.port()), SUPERUSER, PATIENT_SECONDS);
      proxy.setMode(FaultProxy.Mode.RESET);
      assertThat(migration.attempt())
          .isInstanceOfSatisfying(
              Outcome.Away.class,
              away -> assertThat(away.reason()).doesNotContain("jdbc:", PASSWORD));
      proxy.setMode(FaultProxy.Mode.PASS);
      assertThat(migration.attempt()).isEqualTo(new Outcome.Current(1));
    }
  }

  @Test
  void severalHosts_theFirstAway_theSecondIsMigrated() throws SQLException {
    try (FaultProxy proxy = FaultProxy.to(database.port())) {
      proxy.setMode(FaultProxy.Mode.RESET);
      String url =
          "jdbc:postgresql://127.0.0.1:%d,127.0.0.1:%d/%s?sslmode=disable"
              .formatted(proxy.port(), database.port(), database.name());
      assertThat(migration(url, SUPERUSER, PATIENT_SECONDS).attempt())
          .isEqualTo(new Outcome.Current(1));
    }
  }
}
