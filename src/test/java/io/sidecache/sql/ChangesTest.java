/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.sql;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.PGConnection;

/** Which changes of which tables lead to which invalidations. */
@ParameterizedClass
@EnumSource(SqlServer.class)
final class ChangesTest {
  private static final String PLAIN =
      "create table t (id int primary key, name text, cat int);"
          + " insert into t values (1, 'a', 10), (2, 'b', 20), (3, 'c', null)";
  private static final String PARTITIONED =
      "create table t (id int, at int, v text, primary key (id, at)) partition by range (at);"
          + " create table t_low partition of t for values from (0) to (10);"
          + " create table t_high partition of t for values from (10) to (20) partition by list (at);"
          + " create table t_high_x partition of t_high for values in (10, 11);"
          + " create table t_high_y partition of t_high default;"
          + " insert into t values (1, 1, 'a'), (2, 11, 'b'), (3, 15, 'c')";
  private static final String INHERITED =
      "create table t (id int primary key, v text);"
          + " create table child (extra text) inherits (t);"
          + " insert into t values (1, 'a'); insert into child values (2, 'b', 'x')";
  private static final String FAMILY =
      "create table t (id int primary key);"
          + " create table child (id int primary key, parent int references t"
          + " on delete cascade on update cascade);"
          + " create table pet (id int primary key, owner int references t on delete set null);"
          + " insert into t values (1), (2), (3);"
          + " insert into child values (10, 1), (11, 1), (12, 2); insert into pet values (20, 1)";

  private final SqlServer server;

  ChangesTest(SqlServer server) {
    this.server = server;
  }

  record Case(
      String name,
      int since,
      String setup,
      String attach,
      List<String> changes,
      List<String> said) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Case of(
      String name, String setup, String attach, List<String> changes, String... said) {
    return new Case(name, 14, setup, attach, changes, List.of(said));
  }

  private static Case keyed(String type, String value, String key, String... settings) {
    return keyedBy("", type, value, key, settings);
  }

  private static Case keyedBy(
      String before, String type, String value, String key, String... settings) {
    // The driver insists on a date style of its own; a function may have another.
    String under =
        "create function run(sql text) returns void language plpgsql "
            + Stream.of(settings).map(setting -> "set " + setting + " ").collect(joining())
            + "as 'begin execute sql; end'";
    return of(
        "key of type " + type + " " + value,
        before + "create table t (id " + type + " primary key, v int); " + under,
        "'t', 'c'",
        List.of(
            "select run($$insert into t values (" + value + ", 1)$$)",
            "select run('update t set v = 2')"),
        "c key " + key);
  }

  static Stream<Case> cases() {
    return Stream.of(plain(), keys(), trees(), cascades(), odd()).flatMap(s -> s);
  }

  private static Stream<Case> plain() {
    return Stream.of(
        of("insert", PLAIN, "'t', 'c'", List.of("insert into t values (4)"), "c key 4"),
        of(
            "update",
            PLAIN,
            "'t', 'c'",
            List.of("update t set name = 'z' where id < 3"),
            "c key 1",
            "c key 2"),
        of("delete", PLAIN, "'t', 'c'", List.of("delete from t where id = 2"), "c key 2"),
        of(
            "nothing changed",
            PLAIN,
            "'t', 'c'",
            List.of(
                "update t set id = 7 where id = 99",
                "delete from t where id = 99",
                "insert into t select 1 where false")),
        of(
            "key update",
            PLAIN,
            "'t', 'c'",
            List.of("update t set id = 9 where id = 1"),
            "c key 1",
            "c key 9"),
        of(
            "keys swapped",
            PLAIN,
            "'t', 'c'",
            List.of("update t set id = id + 100"),
            "c key 1",
            "c key 2",
            "c key 3",
            "c key 101",
            "c key 102",
            "c key 103"),
        of("truncate", PLAIN, "'t', 'c'", List.of("truncate t"), "c whole"),
        of(
            "on conflict",
            PLAIN,
            "'t', 'c'",
            List.of(
                "insert into t values (1, 'x'), (5, 'y') on conflict (id) do update set name = excluded.name"),
            "c key 1",
            "c key 5"),
        of(
            "on conflict do nothing",
            PLAIN,
            "'t', 'c'",
            List.of("insert into t values (1), (6) on conflict do nothing"),
            "c key 6"),
        new Case(
            "merge",
            15,
            PLAIN,
            "'t', 'c'",
            List.of(
                "merge into t using (values (1), (2), (7)) s(id) on t.id = s.id when matched and s.id = 1 then delete when matched then update set name = 'm' when not matched then insert values (s.id)"),
            List.of("c key 1", "c key 2", "c key 7")),
        of(
            "writing common table expression",
            PLAIN,
            "'t', 'c'",
            List.of(
                "with gone as (delete from t where id = 1 returning *) insert into t select 8 from gone"),
            "c key 1",
            "c key 8"),
        of(
            "another column than the key's",
            PLAIN,
            "'t', 'c', key => array['cat']",
            List.of("update t set cat = 30 where id = 1"),
            "c key 10",
            "c key 30"),
        of(
            "null in the key",
            PLAIN,
            "'t', 'c', key => array['cat']",
            List.of("delete from t where id = 3"),
            "c whole"),
        of(
            "groups",
            PLAIN,
            "'t', 'c', groups => array['cat-{cat}', 'list', '{{{name}}}']",
            List.of("update t set cat = 11 where id = 1"),
            "c key 1",
            "c group cat-10",
            "c group cat-11",
            "c group list",
            "c group {a}"),
        of(
            "group of null",
            PLAIN,
            "'t', 'c', groups => array['cat-{cat}']",
            List.of("delete from t where id = 3"),
            "c key 3"),
        of(
            "composite",
            "create table t (a int, b text, c int, primary key (b, a))",
            "'t', 'c'",
            List.of("insert into t values (7, '42', 1)"),
            "c key [\"42\",\"7\"]"),
        of(
            "composite with what JSON escapes",
            "create table t (a text, b text, primary key (a, b))",
            "'t', 'c'",
            List.of("insert into t values (E'\"\\\\/\\b\\f\\n\\r\\t\\x01\\x7f', 'é😀')"),
            "c key [\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u007f\",\"é😀\"]"),
        of(
            "more than coarsen_after",
            PLAIN,
            "'t', 'c', coarsen_after => 2",
            List.of("update t set name = 'z'"),
            "c whole"),
        of(
            "as many as coarsen_after",
            PLAIN,
            "'t', 'c', coarsen_after => 3",
            List.of("update t set name = 'z'"),
            "c key 1",
            "c key 2",
            "c key 3"),
        of(
            "many rows of few keys",
            PLAIN,
            "'t', 'c', key => array['name'], coarsen_after => 2",
            List.of("insert into t select g, 'same' from generate_series(10, 25) g"),
            "c key same"),
        of(
            "more groups than coarsen_after",
            PLAIN,
            "'t', 'c', key => array['name'], groups => array['{id}'], coarsen_after => 2",
            List.of("insert into t select g, 'same' from generate_series(10, 15) g"),
            "c whole"),
        of(
            "two caches",
            PLAIN,
            "'t', 'c'), sidecache.attach('t', 'd', key => array['name']",
            List.of("delete from t where id = 1"),
            "c key 1",
            "d key a"));
  }

  private static Stream<Case> keys() {
    return Stream.of(
        keyed("bigint", "-9223372036854775808", "-9223372036854775808"),
        keyed(
            "uuid",
            "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        keyed("text", "'Grüße \"x\"'", "Grüße \"x\""),
        keyed("varchar(20)", "' padded '", " padded "),
        keyed("char(8)", "'ab'", "ab"),
        keyed("numeric", "1.500", "1.5"),
        keyed("numeric(12,4)", "100", "100"),
        keyed("numeric", "'NaN'", "NaN"),
        keyed("boolean", "true", "true"),
        keyed("bytea", "'\\xDEAD'", "\\xdead", "bytea_output = escape"),
        keyed(
            "timestamptz",
            "'2026-03-01 12:00:00+02'",
            "2026-03-01 10:00:00+00",
            "timezone = 'Asia/Tokyo'",
            "datestyle = 'German'"),
        keyed(
            "timestamp",
            "'2026-03-01 12:00:00.5'",
            "2026-03-01 12:00:00.5",
            "datestyle = 'SQL, DMY'"),
        keyed("date", "'2026-03-01'", "2026-03-01", "datestyle = 'Postgres, DMY'"),
        keyed("inet", "'10.0.0.1'", "10.0.0.1"),
        keyedBy("create type mood as enum ('so, so', 'ok'); ", "mood", "'so, so'", "so, so"),
        keyedBy("create domain price as numeric check (value > 0); ", "price", "2.50", "2.5"),
        keyedBy(
            "create domain yes as boolean; create domain really as yes; ",
            "really",
            "false",
            "false"));
  }

  private static Stream<Case> trees() {
    return Stream.of(
        of(
            "partitions through the parent",
            PARTITIONED,
            "'t', 'c'",
            List.of("update t set v = 'z'"),
            "c key [\"1\",\"1\"]",
            "c key [\"2\",\"11\"]",
            "c key [\"3\",\"15\"]"),
        of(
            "leaf partition",
            PARTITIONED,
            "'t', 'c'",
            List.of("update t_low set v = 'z'", "insert into t_high_x values (4, 10, 'd')"),
            "c key [\"1\",\"1\"]",
            "c key [\"4\",\"10\"]"),
        of(
            "partition between",
            PARTITIONED,
            "'t', 'c'",
            List.of("delete from t_high"),
            "c key [\"2\",\"11\"]",
            "c key [\"3\",\"15\"]"),
        of(
            "row that moves to another partition",
            PARTITIONED,
            "'t', 'c'",
            List.of("update t set at = 12 where id = 1"),
            "c key [\"1\",\"1\"]",
            "c key [\"1\",\"12\"]"),
        of("truncated partition", PARTITIONED, "'t', 'c'", List.of("truncate t_high_x"), "c whole"),
        of("truncated parent", PARTITIONED, "'t', 'c'", List.of("truncate t"), "c whole"),
        of(
            "columns in another order",
            "create table t (id int, at int, v text, primary key (id, at)) partition by list (at); create table odd (v text, gone int, at int not null, id int not null); alter table odd drop column gone; alter table t attach partition odd for values in (1)",
            "'t', 'c'",
            List.of("insert into odd values ('x', 1, 5)", "insert into t values (6, 1, 'y')"),
            "c key [\"5\",\"1\"]",
            "c key [\"6\",\"1\"]"),
        of(
            "children through the parent",
            INHERITED,
            "'t', 'c'",
            List.of("update t set v = 'z'"),
            "c key 1",
            "c key 2"),
        of(
            "child",
            INHERITED,
            "'t', 'c'",
            List.of("update child set v = 'z'", "insert into child values (3)"),
            "c key 2",
            "c key 3"),
        of("only the parent", INHERITED, "'t', 'c'", List.of("delete from only t"), "c key 1"),
        of(
            "replica role",
            PLAIN,
            "'t', 'c'",
            List.of(
                "set session_replication_role = replica; update t set id = 9 where id = 1; insert into t values (4); delete from t where id = 2; reset session_replication_role"),
            "c key 1",
            "c key 9",
            "c key 4",
            "c key 2"),
        of(
            "replica role, groups",
            PLAIN,
            "'t', 'c', groups => array['cat-{cat}']",
            List.of(
                "set session_replication_role = replica; update t set cat = 11 where id = 1; delete from t where id = 3; reset session_replication_role"),
            "c key 1",
            "c group cat-10",
            "c group cat-11",
            "c key 3"),
        of(
            "replica role, truncate",
            PLAIN,
            "'t', 'c'",
            List.of(
                "set session_replication_role = replica; truncate t; reset session_replication_role"),
            "c whole"),
        of(
            "replica role, in bulk",
            PLAIN,
            "'t', 'c', coarsen_after => 5",
            List.of(
                "set session_replication_role = replica; insert into t select g from generate_series(10, 50) g; reset session_replication_role"),
            "c key 10",
            "c key 11",
            "c key 12",
            "c key 13",
            "c key 14",
            "c whole"),
        of(
            "replica role, partition",
            PARTITIONED,
            "'t', 'c'",
            List.of(
                "set session_replication_role = replica; update t set at = 12 where id = 1; insert into t_low values (4, 4); reset session_replication_role"),
            "c key [\"1\",\"1\"]",
            "c key [\"1\",\"12\"]",
            "c key [\"4\",\"4\"]"));
  }

  private static Stream<Case> cascades() {
    String both =
        "'t', 'c'), sidecache.attach('child', 'children'), sidecache.attach('pet', 'pets'";
    return Stream.of(
        of(
            "delete cascade",
            FAMILY,
            both,
            List.of("delete from t where id < 3"),
            "c key 1",
            "c key 2",
            "children key 10",
            "children key 11",
            "children key 12",
            "pets key 20"),
        of(
            "update cascade",
            FAMILY,
            both,
            List.of("update t set id = 5 where id = 2"),
            "c key 2",
            "c key 5",
            "children key 12"),
        of(
            "truncate cascade",
            FAMILY,
            both,
            List.of("truncate t cascade"),
            "c whole",
            "children whole",
            "pets whole"));
  }

  private static Stream<Case> odd() {
    String text = "create table t (id text primary key, v int)";
    return Stream.of(
        of("empty key", text, "'t', 'c'", List.of("insert into t values ('')"), "c whole"),
        of(
            "key of 512 bytes",
            text,
            "'t', 'c'",
            List.of("insert into t values (repeat('é', 256))"),
            "c key " + "é".repeat(256)),
        of(
            "key of 514 bytes",
            text,
            "'t', 'c'",
            List.of("insert into t values (repeat('é', 257))"),
            "c whole"),
        of(
            "one of many keys too long",
            text,
            "'t', 'c'",
            List.of("insert into t values ('ok'), (repeat('x', 513))"),
            "c whole"),
        of(
            "group of 513 bytes",
            text,
            "'t', 'c', groups => array['{id}x']",
            List.of("insert into t values (repeat('x', 512))"),
            "c whole"),
        of(
            "key of quotes and controls",
            text,
            "'t', 'c'",
            List.of("insert into t values (E'\"\\\\\\n\\x01''$body$%s')"),
            "c key \"\\\n\u0001'$body$%s"),
        of(
            "odd names",
            "create schema \"Odd \"\"s\"; create table \"Odd \"\"s\".\"T'a %s\" (\"K \"\"y\"\" 1\" int primary key, \"se'lect\" int); set search_path = \"Odd \"\"s\", public",
            "'\"T''a %s\"', 'ca\"che''s \\ $body$', groups => array['%s {se''lect} \"']",
            List.of("insert into \"T'a %s\" values (1, 2)"),
            "ca\"che's \\ $body$ key 1",
            "ca\"che's \\ $body$ group %s 2 \""),
        of(
            "columns named as ours",
            "create table t (v_keys int, r int, new int, sidecache_new int, name int, primary key (v_keys, r, new, sidecache_new, name))",
            "'t', 'c', groups => array['{new}-{r}']",
            List.of(
                "insert into t values (1, 2, 3, 4, 5)",
                "set session_replication_role = replica; update t set r = 6; reset session_replication_role"),
            "c key [\"1\",\"2\",\"3\",\"4\",\"5\"]",
            "c key [\"1\",\"6\",\"3\",\"4\",\"5\"]",
            "c group 3-2",
            "c group 3-6"),
        of(
            "odd settings of the session",
            PLAIN,
            "'t', 'c'",
            List.of(
                "set search_path = ''; set standard_conforming_strings = off; set transform_null_equals = on; set default_transaction_isolation = serializable",
                "delete from public.t where id = 1",
                "reset all"),
            "c key 1"),
        of(
            "group of a type without equality",
            "create table t (id int primary key, j json)",
            "'t', 'c', groups => array['{j}']",
            List.of("insert into t values (1, '[1]')", "update t set j = '[2]'"),
            "c key 1",
            "c group [1]",
            "c group [2]"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void change_committed_saysExactlyWhatItTouches(Case given) throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      if (bench.version() < given.since()) {
        bench.run(given.setup());
        assertThatThrownBy(() -> bench.run(given.changes().toArray(String[]::new)))
            .as("a statement that this server does not know")
            .hasMessageContaining("syntax error");
        return;
      }
      bench.run(given.setup());
      bench.attach(given.attach());

      bench.run(given.changes().toArray(String[]::new));

      bench.assertSaid(given.said().toArray(String[]::new));
    }
  }

  @Test
  void copy_rows_namesTheirKeys() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN);
      bench.attach("'t', 'c'");

      long copied =
          bench
              .writer()
              .unwrap(PGConnection.class)
              .getCopyAPI()
              .copyIn("copy t (id, name) from stdin", new StringReader("8\tx\n9\ty\n"));

      assertThat(copied).isEqualTo(2);
      bench.assertSaid("c key 8", "c key 9");
    }
  }

  @Test
  void transaction_rolledBack_leavesNothing() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN);
      bench.attach("'t', 'c'");

      bench.run("begin; delete from t where id = 1; truncate t; rollback");

      bench.assertSaid();
    }
  }

  @Test
  void savepoint_rolledBack_leavesWhatWasAroundIt() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN);
      bench.attach("'t', 'c'");

      bench.run(
          "begin; delete from t where id = 1; savepoint s; truncate t; rollback to s;"
              + " delete from t where id = 3; commit");

      bench.assertSaid("c key 1", "c key 3");
    }
  }

  @Test
  void wholeCacheInSavepointRolledBack_laterWholeCache_isSaid() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN);
      bench.attach("'t', 'c', coarsen_after => 1");

      bench.run("begin; savepoint s; truncate t; rollback to s; update t set cat = 1; commit");

      bench.assertSaid("c whole");
    }
  }

  @Test
  void column_renamedBehindOurBack_widensAndFailsNobody() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN, "drop event trigger sidecache_ddl");
      bench.attach("'t', 'c', groups => array['{cat}']");
      bench.run("delete from t where id = 1");
      bench.forget();

      bench.run("alter table t rename id to key", "delete from t where key = 2");
      bench.run(
          "set session_replication_role = replica; delete from t where key = 3;"
              + " reset session_replication_role");

      bench.assertSaid("c whole");
      assertThat(bench.one("select drift::text from sidecache.attached")).contains("id is gone");
    }
  }

  @Test
  void column_retypedBehindOurBack_widensUntilAttachedAgain() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN, "drop event trigger sidecache_ddl");
      bench.attach("'t', 'c'");
      bench.run("alter table t alter id type numeric(10,2)", "delete from t where id = 2");
      bench.assertSaid("c whole");

      bench.attach("'t', 'c'");
      bench.run("delete from t where id = 1");

      bench.assertSaid("c key 1");
    }
  }

  @Test
  void writer_withoutAnyRightOfOurs_writesTheLog() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN);
      bench.attach("'t', 'c'");
      String role = bench.database().name() + "_writer";
      bench.run("create role " + role, "grant all on t to " + role);

      bench.run("set role " + role, "delete from t where id = 1", "reset role");

      bench.assertSaid("c key 1");
    }
  }

  @Test
  void castOfTheTableOwners_isNotRunAsOurs() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(
          "create type mood as enum ('sad', 'ok');"
              + " create function trap(mood) returns text language plpgsql as"
              + " 'begin raise exception ''trapped''; end';"
              + " create cast (mood as text) with function trap(mood) as implicit;"
              + " create table t (id mood primary key, v mood)");
      bench.attach("'t', 'c', groups => array['{v}']");

      bench.run("insert into t values ('ok', 'sad')");

      bench.assertSaid("c key ok", "c group sad");
    }
  }

  @Test
  void rowsWithoutANotification_areMarked() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN);
      bench.attach("'t', 'c', coarsen_after => 2, notify => false");
      bench.attach("'t', 'd'");

      bench.run(
          "delete from t where id = 1",
          "truncate t",
          "insert into t select generate_series(1, 600)");

      assertThat(bench.said(bench.payloads())).allMatch(item -> item.startsWith("d "));
      assertThat(bench.all("select distinct cache || ' ' || silent from sidecache.invalidation"))
          .containsExactlyInAnyOrder("c true", "d false");
    }
  }

  @Test
  void searchPath_setByAnAttacker_changesNothing() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN);
      bench.attach("'t', 'c', groups => array['g-{cat}']");
      bench.run(
          "create schema evil;"
              + " create function evil.trap() returns text language plpgsql as"
              + " 'begin raise exception ''trapped as %'', current_user; end';"
              + " create function evil.pg_notify(text, text) returns text language sql as 'select evil.trap()';"
              + " create function evil.octet_length(text) returns text language sql as 'select evil.trap()';"
              + " create function evil.cardinality(text[]) returns text language sql as 'select evil.trap()';"
              + " create function evil.to_json(text) returns text language sql as 'select evil.trap()';"
              + " create function evil.ne(text[], text[]) returns text language sql as 'select evil.trap()';"
              + " create operator evil.<> (leftarg = text[], rightarg = text[], function = evil.ne);"
              + " create type evil.xid8 as enum ('x'); create type evil.text as enum ('x')",
          "create temp table invalidation (id int); create temp table sidecache_new (id int);"
              + " create temp table pg_class (id int)",
          "set search_path = evil, pg_temp, public, pg_catalog",
          "update public.t set cat = 11 where id = 1",
          "set search_path = public, pg_catalog, evil");

      bench.assertSaid("c key 1", "c group g-10", "c group g-11");
    }
  }

  @Test
  void keyRetypedToATypeWithACast_isNotCastAsOurs() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run(PLAIN, "drop event trigger sidecache_ddl");
      bench.attach("'t', 'c'");
      bench.run(
          "delete from t where id = 3",
          "create type mood as enum ('1', '2');"
              + " create function trap(mood) returns text language plpgsql as"
              + " 'begin raise exception ''trapped''; end';"
              + " create cast (mood as text) with function trap(mood) as implicit;"
              + " alter table t alter id type mood using id::int::varchar::mood");
      bench.forget();

      bench.run("delete from t where cat = 10");
      bench.run(
          "set session_replication_role = replica; delete from t; reset session_replication_role");

      bench.assertSaid("c whole");
    }
  }

  @Test
  void blanksAndNullsInATemplate_areNoGroup() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run("create table t (id int primary key, a char(4), b numeric)");
      bench.attach("'t', 'c', groups => array['a-{a}', 'b-{b}']");

      bench.run("insert into t values (1, 'x', null), (2, null, 2.50)");

      bench.assertSaid("c key 1", "c key 2", "c group a-x", "c group b-2.5");
    }
  }
}
