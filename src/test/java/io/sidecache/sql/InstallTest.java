/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who can install the schema, and who may do what in it. */
@ParameterizedClass
@EnumSource(SqlServer.class)
final class InstallTest {
  private static final String DENIED = "42501";

  private final SqlServer server;

  InstallTest(SqlServer server) {
    this.server = server;
  }

  private static void assertDenied(Connection connection, String sql) {
    assertThatExceptionOfType(SQLException.class)
        .as(sql)
        .isThrownBy(() -> Bench.run(connection, sql))
        .matches(e -> DENIED.equals(e.getSQLState()), "state " + DENIED);
  }

  @Test
  void script_again_failsAndChangesNothing() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      String key = bench.one("select key::text from sidecache.fleet_key");

      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> bench.run(SqlServer.script()))
          .withMessageContaining("installed in this database already");

      assertThat(bench.one("select key::text from sidecache.fleet_key")).isEqualTo(key);
    }
  }

  @Test
  void script_whereFlywayHasMadeTheSchema_installs() throws Exception {
    try (Bench bench = new Bench(server.empty())) {
      bench.run("create schema sidecache", SqlServer.script());

      assertThat(bench.one("select octet_length(key) from sidecache.fleet_key")).isEqualTo("32");
    }
  }

  @Test
  void keys_ofTwoDatabases_differ() throws Exception {
    try (Bench one = new Bench(server.empty());
        Bench two = new Bench(server.empty())) {
      one.run(SqlServer.script());
      two.run(SqlServer.script());

      assertThat(one.one("select key::text from sidecache.fleet_key"))
          .isNotEqualTo(two.one("select key::text from sidecache.fleet_key"));
    }
  }

  @Test
  void owner_withoutSpecialRights_installsAndAttaches() throws Exception {
    try (Bench bench = new Bench(server.empty())) {
      String owner = bench.database().name() + "_owner";
      String app = bench.database().name() + "_app";
      bench.run(
          "create role " + owner,
          "create role " + app,
          "grant create on database " + bench.database().name() + " to " + owner,
          "create schema shop authorization " + owner,
          "set role " + owner,
          SqlServer.script(),
          "create table shop.t (id int primary key) partition by range (id);"
              + " create table shop.low partition of shop.t for values from (0) to (10);"
              + " grant usage on schema shop to "
              + app,
          "grant all on shop.t, shop.low to " + app);
      bench.attach("'shop.t', 'c'");
      assertThat(bench.one("select count(*) from pg_event_trigger")).isEqualTo("0");

      bench.run("set role " + app, "insert into shop.t values (1)", "delete from shop.low");
      assertDenied(bench.writer(), "select * from sidecache.invalidation");
      assertDenied(bench.writer(), "select sidecache.attach('shop.t', 'd')");
      assertDenied(bench.writer(), "select sidecache.invalidate('c', '1')");
      bench.run("reset role");
      bench.assertSaid("c key 1");
      bench.forget();

      bench.run(
          "grant usage on schema sidecache to " + app,
          "grant execute on function sidecache.invalidate(text, text[]) to " + app,
          "set role " + app,
          "select sidecache.invalidate('c', '7')");
      assertDenied(bench.writer(), "select * from sidecache.fleet_key");
      assertDenied(bench.writer(), "select sidecache.attach('shop.t', 'd')");
      assertDenied(bench.writer(), "select sidecache.heartbeat('n')");
      bench.run("reset role");
      bench.assertSaid("c key 7");
    }
  }

  @Test
  void memberOfTheOwner_attachesForIt() throws Exception {
    try (Bench bench = new Bench(server.empty())) {
      String owner = bench.database().name() + "_owner";
      String member = bench.database().name() + "_member";
      bench.run(
          "create role " + owner,
          "create role " + member + " in role " + owner,
          "grant create on database " + bench.database().name() + " to " + owner,
          "create schema shop authorization " + owner,
          "set role " + owner,
          SqlServer.script(),
          "create table shop.t (id int primary key)",
          "reset role",
          "set role " + member,
          "select sidecache.attach('shop.t', 'c')",
          "reset role");
      bench.forget();

      bench.run("insert into shop.t values (1)");

      bench.assertSaid("c key 1");
      assertThat(bench.one("select proowner::regrole from pg_proc where proname = 'on_1'"))
          .isEqualTo(owner);
    }
  }

  @Test
  void listener_mayReadListenAndPrune_andNothingElse() throws Exception {
    try (Bench bench = new Bench(server.installed());
        Connection sidecar = bench.connect()) {
      String role = bench.database().name() + "_sidecar";
      bench.run("create table t (id int primary key)");
      bench.attach("'t', 'c'");
      bench.run("create role " + role + " in role sidecache_listener");
      Bench.run(sidecar, "set role " + role);

      for (String allowed :
          List.of(
              "select * from sidecache.invalidation",
              "select * from sidecache.prune_floor",
              "select * from sidecache.fleet_key",
              "select * from sidecache.attached",
              "select sidecache.floor()",
              "select sidecache.heartbeat('n')",
              "select sidecache.prune('1 hour')",
              "select sidecache.invalidate('c', '1')",
              "select sidecache.invalidate_group('c', 'g')",
              "select sidecache.invalidate_all('d')")) {
        Bench.run(sidecar, allowed);
      }
      bench.assertSaid("c key 1", "c group g", "d whole");
      for (String denied :
          List.of(
              "insert into sidecache.invalidation (cache) values ('c')",
              "delete from sidecache.invalidation",
              "update sidecache.prune_floor set xid = '1'",
              "update sidecache.fleet_key set key = key",
              "select * from sidecache.horizon",
              "select sidecache.attach('t', 'x')",
              "select sidecache.detach('t', 'c')",
              "select sidecache.record_whole('c', true)",
              "select sidecache.make_function(1, 'begin end')",
              "create function sidecache.mine() returns int language sql as 'select 1'")) {
        assertDenied(sidecar, denied);
      }
    }
  }

  @Test
  void everybody_mayNothing() throws Exception {
    try (Bench bench = new Bench(server.installed())) {
      bench.run("create table t (id int primary key)");
      bench.attach("'t', 'c'");

      assertThat(
              bench.all(
                  "select p.oid::regprocedure::text from pg_proc p"
                      + " where pronamespace = 'sidecache'::regnamespace"
                      + " and has_function_privilege('public', p.oid, 'execute')"))
          .isEmpty();
      assertThat(bench.one("select has_schema_privilege('public', 'sidecache', 'usage')"))
          .isEqualTo("f");
      assertThat(
              bench.all(
                  "select p.proname from pg_proc p where pronamespace = 'sidecache'::regnamespace"
                      + " and coalesce(proconfig::text, '') not like '%search_path=pg_catalog%'"))
          .isEmpty();
    }
  }
}
