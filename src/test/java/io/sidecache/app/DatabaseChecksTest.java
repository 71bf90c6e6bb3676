/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.TestPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The doctor's looks at a database, one by one. */
final class DatabaseChecksTest {
  private static final Duration RETENTION = Duration.ofHours(1);

  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("checks");

  /** Something to do with a connection. */
  @FunctionalInterface
  private interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  private <T> T with(Work<T> work) throws SQLException {
    try (Connection connection = database.dataSource().getConnection()) {
      return work.on(connection);
    }
  }

  private static List<String> lines(Diagnosis<?> diagnosis) {
    return diagnosis.findings().stream().map(Finding::line).toList();
  }

  private List<String> tables(String sql) throws SQLException {
    return with(connection -> LoadPlan.tables(connection, LoadStatement.parse(sql)));
  }

  @Test
  void plan_namesTheTablesBehindViewsAndJoins() throws SQLException {
    database.execute(
        "create table item (id bigint primary key, n bigint); create schema \"Other\";"
            + " create table \"Other\".\"Price\" (item bigint, cents bigint);"
            + " create view priced as select i.id, p.cents from item i join \"Other\".\"Price\" p"
            + " on p.item = i.id");
    assertThat(tables("select cents from priced where id = ?::bigint"))
        .containsExactly("\"Other\".\"Price\"", "item");
    assertThat(tables("select '{}'::jsonb ?? 'a', n from item where id = cast(? as bigint) -- ?"))
        .containsExactly("item");
    assertThat(tables("select relname from pg_class where relname = ?")).isEmpty();
  }

  @Test
  void plan_leavesNothingBehind_alsoWhereItFails() throws SQLException {
    database.execute(
        "create table item (id bigint primary key); create role planless_"
            + database.name()
            + "; grant usage on schema public to planless_"
            + database.name());
    with(
        connection -> {
          try (var statement = connection.createStatement()) {
            statement.execute("set role planless_" + database.name());
            LoadStatement load = LoadStatement.parse("select id from item where id = ?::bigint");
            for (int i = 0; i < 2; i++) {
              org.assertj.core.api.Assertions.assertThatThrownBy(
                      () -> LoadPlan.tables(connection, load))
                  .isInstanceOfSatisfying(
                      SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("42501"));
            }
            try (var row =
                statement.executeQuery(
                    "select count(*) from pg_prepared_statements where from_sql")) {
              row.next();
              assertThat(row.getInt(1)).isZero();
            }
          }
          return true;
        });
  }

  @Test
  void installedSchema_tellsVersionAndWhatIsMissing() throws SQLException {
    assertThat(with(InstalledSchema::read).isThere()).isFalse();
    SidecacheSchema.install(database);
    InstalledSchema byHand = with(InstalledSchema::read);
    assertThat(byHand.isUsable()).isTrue();
    assertThat(byHand.version()).isEmpty();

    database.execute(
        "create table sidecache.flyway_schema_history (installed_rank int, version text, success"
            + " boolean); insert into sidecache.flyway_schema_history values (1, '0.9', true), (2,"
            + " '1', false)");
    assertThat(with(InstalledSchema::read).version()).hasValue("0.9");

    database.execute("drop function sidecache.heartbeat(text)");
    assertThat(with(InstalledSchema::read).missing())
        .containsExactly("function sidecache.heartbeat");
  }

  @Test
  void log_thatNobodyPrunes_isNamed() throws SQLException {
    SidecacheSchema.install(database);
    assertThat(lines(with(connection -> LogCheck.look(connection, RETENTION))))
        .containsExactly("ok    log          empty");
    database.execute("select sidecache.invalidate('items', '1')");
    assertThat(lines(with(connection -> LogCheck.look(connection, RETENTION))))
        .singleElement()
        .asString()
        .startsWith("ok ");
    database.execute("update sidecache.invalidation set at = now() - interval '4 hours'");
    assertThat(lines(with(connection -> LogCheck.look(connection, RETENTION))))
        .singleElement()
        .asString()
        .startsWith("warn  log          oldest change 14")
        .contains("nobody prunes it", "sidecache.prune('3600 s')");
  }

  @Test
  void channel_isLookedForInFunctionsAndTriggers() throws SQLException {
    database.execute(
        "create function tell() returns trigger language plpgsql as"
            + " $$begin perform pg_notify('Item_Changed', new.id::text); return new; end$$;"
            + " create function tell_arg() returns trigger language plpgsql as"
            + " $$begin perform pg_notify(tg_argv[0], '1'); return new; end$$;"
            + " create table item (id bigint); create trigger t after insert on item for each row"
            + " execute function tell_arg('by_argument')");
    assertThat(
            lines(
                with(
                    connection ->
                        ChannelCheck.look(
                            connection,
                            List.of("Item_Changed", "by_argument", "item_changed", "nowhere")))))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("ok    channel      Item_Changed, named"),
            line -> assertThat(line).startsWith("ok    channel      by_argument, named"),
            line -> assertThat(line).startsWith("warn").contains("other capitals"),
            line -> assertThat(line).startsWith("warn").contains("by no function and no trigger"));
  }

  @Test
  void capacity_tooSmall_isNamed() throws SQLException {
    assertThat(lines(with(connection -> CapacityCheck.look(connection, 1))))
        .singleElement()
        .asString()
        .startsWith("ok    capacity     1 connections wanted, ");
    assertThat(lines(with(connection -> CapacityCheck.look(connection, 100_000))))
        .singleElement()
        .asString()
        .startsWith("warn")
        .endsWith("or raise max_connections");
    database.execute("alter database " + database.name() + " connection limit 7");
    assertThat(lines(with(connection -> CapacityCheck.look(connection, 8))))
        .singleElement()
        .asString()
        .startsWith("warn")
        .contains("limit of this role or database 7");
  }
}
