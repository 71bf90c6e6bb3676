/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What attach and detach do to tables, and what the view says about it. */
@ParameterizedClass
@EnumSource(SqlServer.class)
final class AttachTest {
  private static final String PLAIN =
      "create table t (id int primary key, v text); insert into t values (1), (2)";
  private static final String PARTITIONED =
      "create table t (id int primary key, v text) partition by range (id);"
          + " create table low partition of t for values from (0) to (10);"
          + " create table high partition of t for values from (10) to (20) partition by list (id);"
          + " create table high_12 partition of high for values in (12);"
          + " insert into t values (1), (12)";
  private static final String WITHOUT_EVENT_TRIGGERS =
      "drop event trigger sidecache_ddl; drop event trigger sidecache_drop";
  private static final String DRIFT = "select array_to_string(drift, '; ') from sidecache.attached";
  private static final String HEAVY_LOCKS =
      "select count(*) from pg_locks where pid = pg_backend_pid() and relation = 't'::regclass"
          + " and mode not in ('AccessShareLock', 'RowExclusiveLock')";

  private final SqlServer server;

  AttachTest(SqlServer server) {
    this.server = server;
  }

  private Bench bench(String... setup) throws SQLException {
    Bench bench = new Bench(server.installed());
    bench.run(setup);
    return bench;
  }

  @Test
  void attach_again_changesNothingAndLocksNothing() throws Exception {
    try (Bench bench = bench(PARTITIONED)) {
      bench.attach("'t', 'c', groups => array['{v}']");
      bench.run("begin");

      assertThat(bench.one("select sidecache.attach('t', 'c', groups => array['{v}'])"))
          .isEqualTo("f");

      assertThat(bench.one(HEAVY_LOCKS)).isEqualTo("0");
      bench.run("commit");
      bench.assertSaid();
    }
  }

  @Test
  void attach_first_forgetsWhatWasCachedBefore() throws Exception {
    try (Bench bench = bench(PLAIN)) {
      assertThat(bench.one("select sidecache.attach('t', 'c')")).isEqualTo("t");

      bench.assertSaid("c whole");
    }
  }

  @Test
  void attach_whileSomebodyWrites_waits() throws Exception {
    try (Bench bench = bench(PLAIN);
        Connection other = bench.connect()) {
      Bench.run(other, "begin; update t set v = 'x' where id = 1");
      bench.run("set lock_timeout = '50ms'");

      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> bench.run("select sidecache.attach('t', 'c')"))
          .matches(e -> "55P03".equals(e.getSQLState()));

      Bench.run(other, "commit");
      bench.run("select sidecache.attach('t', 'c')");
      bench.assertSaid("c whole");
    }
  }

  @Test
  void attach_withAnotherLimit_locksNoTable() throws Exception {
    try (Bench bench = bench(PLAIN)) {
      bench.attach("'t', 'c'");
      bench.run("begin");

      assertThat(bench.one("select sidecache.attach('t', 'c', coarsen_after => 1)")).isEqualTo("t");

      assertThat(bench.one(HEAVY_LOCKS)).isEqualTo("0");
      bench.run("commit", "update t set v = 'x'");
      bench.assertSaid("c whole");
    }
  }

  @Test
  void attach_withAnotherKey_forgetsTheOldOnes() throws Exception {
    try (Bench bench = bench(PLAIN)) {
      bench.attach("'t', 'c'");

      bench.run("select sidecache.attach('t', 'c', key => array['v', 'id'])");

      bench.assertSaid("c whole");
      bench.forget();
      bench.run("update t set v = 'x' where id = 1");
      bench.assertSaid("c whole");
      bench.forget();
      bench.run("update t set v = 'y' where id = 1");
      bench.assertSaid("c key [\"x\",\"1\"]", "c key [\"y\",\"1\"]");
    }
  }

  record Refusal(String setup, String arguments, String state, String saying) {}

  static Stream<Refusal> refusals() {
    String collation =
        "create collation any_case"
            + " (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
            + " create table t (id text collate any_case primary key)";
    return Stream.of(
        new Refusal("create table t (id int)", "'t', 'c'", "55000", "no primary key"),
        new Refusal(PLAIN, "'t', 'c', key => array['nope']", "42703", "no column nope"),
        new Refusal(PLAIN, "'t', 'c', key => array['xmin']", "42703", "no column xmin"),
        new Refusal(PLAIN, "'t', 'c', key => array['id', 'id']", "22023", "each once"),
        new Refusal(PLAIN, "'t', 'c', key => '{}'", "22023", "one or more columns"),
        new Refusal(PLAIN, "'t', ''", "22023", "name"),
        new Refusal(PLAIN, "'t', null", "22023", "name"),
        new Refusal(PLAIN, "null, 'c'", "42809", "NULL"),
        new Refusal(PLAIN, "'t', 'c', coarsen_after => 0", "22023", "coarsen_after"),
        new Refusal(PLAIN, "'t', 'c', groups => array['{nope}']", "42703", "nope"),
        new Refusal(PLAIN, "'t', 'c', groups => array['a{id']", "22023", "brace"),
        new Refusal(PLAIN, "'t', 'c', groups => array['a}b']", "22023", "brace"),
        new Refusal("create view t as select 1 as id", "'t', 'c'", "42809", "permanent table"),
        new Refusal("create temp table t (id int primary key)", "'t', 'c'", "42809", "permanent"),
        new Refusal("select", "'pg_class', 'c', key => array['oid']", "42809", "permanent"),
        new Refusal("select", "'sidecache.invalidation', 'c'", "42809", "permanent"),
        new Refusal("create table t (id float8 primary key)", "'t', 'c'", "42804", "double"),
        new Refusal("create table t (id interval primary key)", "'t', 'c'", "42804", "interval"),
        new Refusal("create table t (id int[] primary key)", "'t', 'c'", "42804", "integer[]"),
        new Refusal(collation, "'t', 'c'", "42804", "not deterministic"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void attach_notPossible_isRefusedWithAReason(Refusal given) throws Exception {
    try (Bench bench = bench(given.setup())) {
      assertRefused(bench, given);
    }
  }

  @Test
  void attach_virtualColumn_isRefusedWhereThereAreSome() throws Exception {
    try (Bench bench = bench()) {
      String setup =
          "create table t (id int primary key, twice int generated always as (id * 2) virtual)";
      if (bench.version() < 18) {
        assertThatExceptionOfType(SQLException.class)
            .isThrownBy(() -> bench.run(setup))
            .withMessageContaining("syntax error");
        return;
      }
      bench.run(setup);

      assertRefused(
          bench, new Refusal(setup, "'t', 'c', groups => array['{twice}']", "55000", "virtual"));
    }
  }

  private static void assertRefused(Bench bench, Refusal given) throws SQLException {
    assertThatExceptionOfType(SQLException.class)
        .isThrownBy(() -> bench.run("select sidecache.attach(" + given.arguments() + ")"))
        .withMessageContaining(given.saying())
        .matches(e -> given.state().equals(e.getSQLState()), "state " + given.state());
    assertThat(bench.one("select count(*) from sidecache.attachment")).isEqualTo("0");
    bench.assertSaid();
  }

  @Test
  void attach_partitionOfAnAttachedTable_isRefused() throws Exception {
    try (Bench bench = bench(PARTITIONED)) {
      bench.attach("'t', 'c'");

      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> bench.run("select sidecache.attach('high_12', 'c')"))
          .withMessageContaining("belongs to public.t");
    }
  }

  @Test
  void attached_view_namesTablesAndNoDrift() throws Exception {
    try (Bench bench = bench(PARTITIONED)) {
      bench.attach("'t', 'c', groups => array['{v}'], coarsen_after => 7, notify => false");

      assertThat(
              bench.one(
                  "select concat_ws('|', tbl, cache, key, groups[1], coarsen_after, notify,"
                      + " relations, drift) from sidecache.attached"))
          .isEqualTo("t|c|{id}|{v}|7|f|{high,high_12,low,t}|{}");
    }
  }

  @Test
  void newPartition_withoutEventTriggers_isWatchedAtOnceAndShown() throws Exception {
    try (Bench bench = bench(PARTITIONED, WITHOUT_EVENT_TRIGGERS)) {
      bench.attach("'t', 'c'");
      bench.run("create table high_13 partition of high for values in (13)");
      assertThat(bench.one(DRIFT)).contains("sidecache_1_insert on high_13 is missing");

      bench.run("insert into high_13 values (13, 'a')", "insert into t values (2)");
      bench.assertSaid("c key 13", "c key 2");
      bench.forget();
      bench.run(
          "set session_replication_role = replica; update high_13 set v = 'b';"
              + " reset session_replication_role");
      bench.assertSaid("c key 13");

      bench.attach("'t', 'c'");

      assertThat(bench.one(DRIFT)).isEmpty();
      assertThat(
              bench.one(
                  "select string_agg(tgenabled::text, '' order by tgname) from pg_trigger"
                      + " where tgrelid = 'high_13'::regclass"))
          .isEqualTo("OORAO");
      bench.run("truncate high_13");
      bench.assertSaid("c whole");
    }
  }

  @Test
  void newPartition_withEventTriggers_isAttachedByItself() throws Exception {
    try (Bench bench = bench(PARTITIONED)) {
      bench.attach("'t', 'c'");
      bench.run(
          "create table high_13 partition of high for values in (13)",
          "create table high_x (like t including all)",
          "alter table high attach partition high_x default");
      bench.forget();

      assertThat(bench.one(DRIFT)).isEmpty();
      bench.run("insert into high_13 values (13, 'a')", "insert into high_x values (14)");

      bench.assertSaid("c key 13", "c key 14");
    }
  }

  @Test
  void newChild_withEventTriggers_isAttachedByItself() throws Exception {
    try (Bench bench = bench(PLAIN)) {
      bench.attach("'t', 'c'");
      bench.run("create table child () inherits (t)");
      bench.forget();

      bench.run("insert into child values (7)");

      bench.assertSaid("c key 7");
      assertThat(bench.one(DRIFT)).isEmpty();
    }
  }

  record Ddl(String before, String ddl) {}

  static Stream<Ddl> valuesMoved() {
    String loose = "create table loose (id int primary key, v text); insert into loose values (21)";
    return Stream.of(
        new Ddl("select", "drop table low"),
        new Ddl("select", "alter table t detach partition low"),
        new Ddl("select", "alter table high detach partition high_12"),
        new Ddl(loose, "alter table t attach partition loose for values from (20) to (30)"),
        new Ddl("select", "alter table t alter v type bytea using null"),
        new Ddl("select", "alter table low disable trigger all"));
  }

  @ParameterizedTest
  @MethodSource("valuesMoved")
  void valuesMovedByDdl_withEventTriggers_forgetTheCache(Ddl given) throws Exception {
    try (Bench bench = bench(PARTITIONED, given.before())) {
      bench.attach("'t', 'c'");

      bench.run(given.ddl());

      bench.assertSaid("c whole");
    }
  }

  @Test
  void keyRetyped_withEventTriggers_isAttachedAgain() throws Exception {
    try (Bench bench = bench(PLAIN)) {
      bench.attach("'t', 'c'");
      bench.run("alter table t alter id type numeric(8,2)");
      bench.forget();

      bench.run("delete from t where id = 2");

      bench.assertSaid("c key 2");
    }
  }

  @Test
  void unrelatedDdl_withEventTriggers_saysNothing() throws Exception {
    try (Bench bench = bench(PLAIN)) {
      bench.attach("'t', 'c'");

      bench.run(
          "create table other (id int)",
          "alter table other add v text",
          "drop table other",
          "create temp table scratch (id int)");

      bench.assertSaid();
    }
  }

  @Test
  void triggerDisabledOrDropped_isShownAndRepaired() throws Exception {
    try (Bench bench = bench(PARTITIONED, WITHOUT_EVENT_TRIGGERS)) {
      bench.attach("'t', 'c'");
      bench.run(
          "alter table low disable trigger sidecache_1_update",
          "alter table t enable replica trigger sidecache_1_delete",
          "drop trigger sidecache_1_insert on high_12",
          "drop trigger sidecache_1_row on t");
      assertThat(bench.one(DRIFT))
          .contains(
              "sidecache_1_update on low is disabled",
              "sidecache_1_delete on t fires in mode R, not O",
              "sidecache_1_insert on high_12 is missing",
              "sidecache_1_row on t is missing");

      assertThat(bench.one("select sidecache.attach('t', 'c')")).isEqualTo("t");

      assertThat(bench.one(DRIFT)).isEmpty();
      bench.assertSaid("c whole");
    }
  }

  @Test
  void detach_attached_leavesNothingBehind() throws Exception {
    try (Bench bench = bench(PARTITIONED)) {
      bench.attach("'t', 'c'");
      bench.run("alter table t detach partition low");
      bench.forget();

      assertThat(bench.one("select sidecache.detach('t', 'c')")).isEqualTo("t");

      assertThat(bench.one("select count(*) from pg_trigger where tgname like 'sidecache%'"))
          .isEqualTo("0");
      assertThat(bench.one("select to_regproc('sidecache.on_1') is null")).isEqualTo("t");
      bench.run("delete from t", "delete from low");
      bench.assertSaid();
      assertThat(bench.one("select sidecache.detach('t', 'c')")).isEqualTo("f");
    }
  }

  @Test
  void detach_oneOfTwoCaches_leavesTheOther() throws Exception {
    try (Bench bench = bench(PLAIN)) {
      bench.attach("'t', 'c'), sidecache.attach('t', 'd'");

      bench.run("select sidecache.detach('t', 'c')", "delete from t where id = 1");

      bench.assertSaid("d key 1");
    }
  }

  @Test
  void tableDropped_isForgottenWithItsFunction() throws Exception {
    try (Bench bench = bench(PLAIN, "create table u (id int primary key)")) {
      bench.attach("'t', 'c'");

      bench.run("drop table t");
      assertThat(bench.one("select count(*) from sidecache.attached")).isEqualTo("0");
      bench.attach("'u', 'c'");

      assertThat(bench.all("select tbl::text from sidecache.attachment")).containsExactly("u");
      assertThat(bench.one("select to_regproc('sidecache.on_1') is null")).isEqualTo("t");
    }
  }

  @Test
  void schemaDropped_leavesTablesThatCanBeWritten() throws Exception {
    try (Bench bench = bench(PLAIN)) {
      bench.attach("'t', 'c'");

      bench.run("drop schema sidecache cascade", "delete from t where id = 1", "drop table t");

      assertThat(bench.one("select count(*) from pg_event_trigger where evtname ~ '^sidecache'"))
          .isEqualTo("0");
    }
  }
}
