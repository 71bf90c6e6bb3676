/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The log and the notifications: how they are cut up, called for, caught up from and pruned. */
@ParameterizedClass
@EnumSource(SqlServer.class)
final class LogTest {
  private static final String TABLE = "create table t (id bigint primary key, v text)";
  private static final String FLOOR = "select sidecache.floor()::text";

  private final SqlServer server;

  LogTest(SqlServer server) {
    this.server = server;
  }

  private Bench bench(String... setup) throws SQLException {
    Bench bench = new Bench(server.installed());
    bench.run(setup);
    return bench;
  }

  private static String cursor(Bench bench) throws SQLException {
    return bench.one("select pg_current_snapshot()::text");
  }

  /** Asks whether a reader that goes on from there may have missed something. */
  private static String lostSince(String cursor) {
    return "select pg_snapshot_xmin('" + cursor + "'::pg_snapshot) < sidecache.floor()";
  }

  @Test
  void keys_moreThanOnePayloadHolds_areSplit() throws Exception {
    try (Bench bench = bench(TABLE)) {
      bench.attach("'t', 'c'");

      bench.run("insert into t select g from generate_series(1, 1300) g");

      List<String> payloads = bench.payloads();
      assertThat(payloads).hasSizeBetween(2, 8).noneMatch(Bench::refersToTheLog);
      assertThat(bench.said(payloads)).hasSize(1_300).isEqualTo(bench.logged());
      assertThat(bench.all("select cardinality(keys) from sidecache.invalidation order by 1"))
          .containsExactly("300", "500", "500");
    }
  }

  @Test
  void keys_asLongAndOddAsCanBe_arePayloadsOfLegalLength() throws Exception {
    try (Bench bench = bench("create table t (id text primary key, v text)")) {
      String cache = "\u0001".repeat(512);
      bench.attach("'t', '" + cache + "', groups => array['{id}']");

      bench.run("insert into t select repeat(chr(g), 512) from generate_series(1, 3) g");

      List<String> payloads = bench.payloads();
      assertThat(payloads).hasSize(6).noneMatch(Bench::refersToTheLog);
      assertThat(bench.said(payloads)).hasSize(6).isEqualTo(bench.logged());
    }
  }

  @Test
  void keys_moreThanEightPayloadsHold_areReferredTo() throws Exception {
    try (Bench bench = bench(TABLE)) {
      bench.attach("'t', 'c', groups => array['g{v}']");

      bench.run("insert into t select g, g % 600 from generate_series(1, 5000) g");

      List<String> payloads = bench.payloads();
      assertThat(payloads)
          .containsExactly(
              "{\"v\":1,\"log\":\""
                  + bench.one("select distinct xid::text from sidecache.invalidation")
                  + "\",\"cache\":\"c\"}");
      assertThat(bench.said(payloads)).hasSize(5_600).isEqualTo(bench.logged());
      assertThat(bench.one("select max(cardinality(keys)) from sidecache.invalidation"))
          .isEqualTo("500");
    }
  }

  @Test
  void statements_manyInOneTransaction_endInOneReference() throws Exception {
    try (Bench bench = bench(TABLE)) {
      bench.attach("'t', 'c'");

      bench.run(
          "do 'begin for i in 1..300 loop insert into t values (i); end loop; end'",
          "insert into t values (301)");

      List<String> payloads = bench.payloads();
      assertThat(payloads).hasSize(102);
      assertThat(payloads.subList(0, 101)).filteredOn(Bench::refersToTheLog).hasSize(1);
      assertThat(Bench.refersToTheLog(payloads.getLast())).isFalse();
      assertThat(bench.said(payloads)).hasSize(301).isEqualTo(bench.logged());
    }
  }

  @Test
  void counters_setByTheWriter_loseNothing() throws Exception {
    try (Bench bench = bench(TABLE)) {
      bench.attach("'t', 'c', coarsen_after => 5");

      bench.run(
          "set sidecache.sent = '99999999'; set sidecache.rows_1 = 'x; drop'",
          "insert into t values (1)",
          "set sidecache.sent = 'nonsense'; set session_replication_role = replica",
          "insert into t values (2)",
          "set sidecache.rows_1 = '77777777'",
          "insert into t values (3)");

      bench.assertSaid("c key 1", "c key 2", "c whole");
    }
  }

  @Test
  void preparedTransaction_withoutNotify_isInTheLogOnly() throws Exception {
    try (Bench bench = bench(TABLE)) {
      bench.attach("'t', 'c', notify => false");
      String name = bench.database().name();

      bench.run("begin; insert into t values (1); truncate t; prepare transaction '" + name + "'");
      assertThat(bench.logged()).isEmpty();
      bench.run("commit prepared '" + name + "'");

      assertThat(bench.logged()).containsExactly("c key 1", "c whole");
      assertThat(bench.payloads()).isEmpty();
    }
  }

  record Call(String call, List<String> said) {}

  static Stream<Call> calls() {
    return Stream.of(
        new Call("invalidate('c', '1')", List.of("c key 1")),
        new Call("invalidate('c', '1', '2', '1')", List.of("c key 1", "c key 2")),
        new Call("invalidate('c', variadic array['1', '2'])", List.of("c key 1", "c key 2")),
        new Call("invalidate('c', variadic '{}')", List.of()),
        new Call("invalidate('c', variadic null)", List.of("c whole")),
        new Call("invalidate('c', '1', null)", List.of("c whole")),
        new Call("invalidate('c', '')", List.of("c whole")),
        new Call("invalidate('c', repeat('é', 257))", List.of("c whole")),
        new Call("invalidate_group('c', 'a', 'b')", List.of("c group a", "c group b")),
        new Call("invalidate_group('c', '')", List.of("c whole")),
        new Call("invalidate_all('c')", List.of("c whole")));
  }

  @ParameterizedTest
  @MethodSource("calls")
  void invalidate_called_saysSo(Call given) throws Exception {
    try (Bench bench = bench()) {
      bench.run("begin; select sidecache." + given.call() + "; rollback");
      bench.assertSaid();

      bench.run("select sidecache." + given.call());

      bench.assertSaid(given.said().toArray(String[]::new));
    }
  }

  @Test
  void invalidate_withoutACache_isRefused() throws Exception {
    try (Bench bench = bench()) {
      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> bench.run("select sidecache.invalidate('', '1')"))
          .matches(e -> "22023".equals(e.getSQLState()));
    }
  }

  @Test
  void catchUp_outOfOrderCommits_findsEachOnce() throws Exception {
    try (Bench bench = bench(TABLE);
        Connection early = bench.connect();
        Connection late = bench.connect()) {
      bench.attach("'t', 'c'");
      Bench.run(early, "begin; insert into t values (1)");
      Bench.run(late, "begin; insert into t values (2)");
      Bench.run(late, "commit");
      bench.run("insert into t values (3)");
      String cursor = cursor(bench);
      bench.run("insert into t values (4)");
      Bench.run(early, "commit");

      assertThat(
              bench.all(
                  String.format(
                      "select k from sidecache.invalidation, unnest(keys) k"
                          + " where xid >= pg_snapshot_xmin('%1$s'::pg_snapshot)"
                          + " and not pg_visible_in_snapshot(xid, '%1$s'::pg_snapshot) order by k",
                      cursor)))
          .containsExactly("1", "4");
    }
  }

  @Test
  void catchUp_byXid_canUseTheIndex() throws Exception {
    try (Bench bench = bench("set enable_seqscan = off")) {
      assertThat(
              bench.all(
                  "explain select * from sidecache.invalidation"
                      + " where xid >= pg_snapshot_xmin('9:9:'::pg_snapshot)"))
          .anyMatch(line -> line.contains("invalidation_xid"));
    }
  }

  @Test
  void prune_beforeTheRetentionIsOver_deletesNothing() throws Exception {
    try (Bench bench = bench(TABLE)) {
      bench.attach("'t', 'c'");
      bench.run("insert into t values (1)");
      String floor = bench.one(FLOOR);

      assertThat(bench.one("select sidecache.prune('1 hour')")).isEqualTo("0");
      assertThat(bench.one("select sidecache.prune('1 hour')")).isEqualTo("0");

      bench.assertSaid("c key 1");
      assertThat(bench.one(FLOOR)).isEqualTo(floor);
      assertThat(bench.one("select count(*) from sidecache.horizon")).isEqualTo("1");
    }
  }

  @Test
  void prune_afterTheRetention_deletesWhatEndedBeforeTheSnapshot() throws Exception {
    try (Bench bench = bench(TABLE)) {
      bench.attach("'t', 'c'");
      String cursor = cursor(bench);
      bench.run("insert into t values (1)", "select sidecache.prune('1 hour')");
      bench.run("insert into t values (2)");
      bench.run("update sidecache.horizon set at = at - interval '61 minutes'");

      assertThat(bench.one("select sidecache.prune('1 hour')")).isEqualTo("1");

      assertThat(bench.logged()).containsExactly("c key 2");
      assertThat(bench.one(lostSince(cursor))).isEqualTo("t");
      assertThat(bench.one(lostSince(cursor(bench)))).isEqualTo("f");
      assertThat(bench.one("select sidecache.prune('1 hour')")).isEqualTo("0");
    }
  }

  @Test
  void prune_withAnOldTransaction_keepsWhatItAndLaterOnesSaid() throws Exception {
    try (Bench bench = bench(TABLE);
        Connection old = bench.connect()) {
      bench.attach("'t', 'c'");
      bench.run("insert into t values (1)");
      Bench.run(old, "begin; insert into t values (2)");
      String oldest = Bench.one(old, "select pg_current_xact_id()::text");
      String cursor = cursor(bench);
      bench.run("insert into t values (3)");

      assertThat(bench.one("select sidecache.prune('0')")).isEqualTo("1");
      Bench.run(old, "commit");

      assertThat(bench.one(FLOOR)).isEqualTo(oldest);
      assertThat(bench.logged()).containsExactly("c key 2", "c key 3");
      assertThat(bench.one(lostSince(cursor))).isEqualTo("f");
    }
  }

  @Test
  void prune_besideAnother_leavesItTheWork() throws Exception {
    try (Bench bench = bench(TABLE);
        Connection other = bench.connect()) {
      bench.attach("'t', 'c'");
      bench.run("insert into t values (1)");
      Bench.run(other, "begin");
      assertThat(Bench.one(other, "select sidecache.prune('0')")).isEqualTo("1");

      assertThat(bench.one("select sidecache.prune('0')")).isEqualTo("0");
      assertThat(bench.logged()).containsExactly("c key 1");

      Bench.run(other, "commit");
      assertThat(bench.logged()).isEmpty();
    }
  }

  @Test
  void prune_whileAReaderCatchesUp_showsItRowsAndFloorOfOneMoment() throws Exception {
    try (Bench bench = bench(TABLE);
        Connection reader = bench.connect()) {
      bench.attach("'t', 'c'");
      String cursor = cursor(bench);
      bench.run("insert into t values (1)");
      Bench.run(reader, "begin isolation level repeatable read read only");
      assertThat(Bench.one(reader, "select count(*) from sidecache.invalidation")).isEqualTo("1");

      assertThat(bench.one("select sidecache.prune('0')")).isEqualTo("1");

      assertThat(Bench.one(reader, "select count(*) from sidecache.invalidation")).isEqualTo("1");
      assertThat(Bench.one(reader, lostSince(cursor))).isEqualTo("f");
      assertThat(bench.one(lostSince(cursor))).isEqualTo("t");
    }
  }

  @Test
  void prune_afterTheClockWasSetBack_goesOnRecording() throws Exception {
    try (Bench bench =
        bench("insert into sidecache.horizon values (now() + interval '1 day', '9')")) {
      bench.run("select sidecache.prune('1 hour')");

      assertThat(bench.one("select count(*) || ' ' || (max(at) <= now()) from sidecache.horizon"))
          .isEqualTo("1 true");
    }
  }

  /** As a dump leaves it that was restored into a new cluster. */
  @Test
  void log_ofAServerThatWasFurther_losesNoReaderAnythingAndIsPruned() throws Exception {
    try (Bench bench = bench(TABLE)) {
      bench.attach("'t', 'c'");
      bench.run(
          "insert into sidecache.invalidation (xid, cache, keys) values ('900000000', 'c', '{old}')",
          "insert into sidecache.horizon values (now() - interval '1 day', '900000000')",
          "update sidecache.prune_floor set xid = '900000000'");
      String cursor = cursor(bench);
      assertThat(bench.one(lostSince(cursor))).isEqualTo("f");

      bench.run("insert into t values (1)");
      assertThat(bench.one("select sidecache.prune('1 hour')")).isEqualTo("0");

      assertThat(bench.logged()).containsExactly("c key 1");
      assertThat(bench.one(lostSince(cursor))).isEqualTo("f");
      assertThat(bench.one("select count(*) from sidecache.horizon where oldest = '900000000'"))
          .isEqualTo("0");
    }
  }

  @Test
  void prune_withoutARetention_isRefused() throws Exception {
    try (Bench bench = bench()) {
      for (String retention : List.of("null", "'-1 second'")) {
        assertThatExceptionOfType(SQLException.class)
            .isThrownBy(() -> bench.run("select sidecache.prune(" + retention + ")"))
            .matches(e -> "22023".equals(e.getSQLState()));
      }
    }
  }
}
