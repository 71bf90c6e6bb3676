/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Tables that a logical subscription writes to. */
@ParameterizedClass
@EnumSource(SqlServer.class)
final class ReplicationTest {
  private final SqlServer server;

  ReplicationTest(SqlServer server) {
    this.server = server;
  }

  private static void eventually(Callable<Boolean> holds) {
    await().atMost(Duration.ofMinutes(1)).until(holds);
  }

  /** The slot is made beforehand: made by the subscriber, both would wait for each other. */
  private static void subscribe(Bench publisher, Bench subscriber, String options)
      throws SQLException {
    String name = subscriber.database().name();
    publisher.run(
        "create publication p for all tables",
        "select pg_create_logical_replication_slot('" + name + "', 'pgoutput')");
    subscriber.run(
        String.format(
            "create subscription %s connection 'host=127.0.0.1 port=%d dbname=%s user=postgres'"
                + " publication p with (create_slot = false, slot_name = '%s', %s)",
            name, publisher.database().port(), publisher.database().name(), name, options));
  }

  private static void unsubscribe(Bench publisher, Bench subscriber) throws SQLException {
    String name = subscriber.database().name();
    subscriber.run(
        "alter subscription " + name + " disable",
        "alter subscription " + name + " set (slot_name = none)",
        "drop subscription " + name);
    String active = "select active from pg_replication_slots where slot_name = '" + name + "'";
    eventually(() -> publisher.one(active).equals("f"));
    publisher.run("select pg_drop_replication_slot('" + name + "')");
  }

  @Test
  void changes_replicated_areSaidAtTheSubscriber() throws Exception {
    try (Bench publisher = new Bench(server.empty());
        Bench subscriber = new Bench(server.installed())) {
      publisher.run(
          "create table t (id int primary key, cat int); create table parts (id int primary key);"
              + " insert into t values (1, 10), (2, 20)");
      subscriber.run(
          "create table t (id int primary key, cat int); insert into t values (1, 10);"
              + " create table parts (id int primary key) partition by range (id);"
              + " create table parts_low partition of parts for values from (0) to (10)");
      subscriber.attach(
          "'t', 'c', groups => array['cat-{cat}']), sidecache.attach('parts', 'parts'");
      subscribe(publisher, subscriber, "copy_data = false");
      try {
        // Row 2 is not at the subscriber, so its update changes nothing there.
        publisher.run(
            "update t set id = 3 where id = 2",
            "update t set id = 4 where id = 1",
            "delete from t where id = 4",
            "insert into parts values (5)");
        eventually(() -> subscriber.logged().contains("parts key 5"));
        assertThat(subscriber.logged())
            .contains("c key 1", "c key 4", "parts key 5")
            .doesNotContain("c key 2", "c key 3", "c whole");
        assertThat(subscriber.said(subscriber.payloads())).isEqualTo(subscriber.logged());
        subscriber.forget();

        publisher.run(
            "truncate t", "insert into t values (6, 60)", "update t set cat = 61, id = 7");
        eventually(() -> subscriber.logged().contains("c key 7"));

        assertThat(subscriber.logged())
            .contains("c whole", "c key 6", "c group cat-60", "c key 7", "c group cat-61");
        assertThat(subscriber.said(subscriber.payloads())).isEqualTo(subscriber.logged());
      } finally {
        unsubscribe(publisher, subscriber);
      }
    }
  }

  @Test
  void tableCopied_atTheStart_isSaidAtTheSubscriber() throws Exception {
    try (Bench publisher = new Bench(server.empty());
        Bench subscriber = new Bench(server.installed())) {
      publisher.run("create table t (id int primary key); insert into t values (1), (2)");
      subscriber.run("create table t (id int primary key)");
      subscriber.attach("'t', 'c'");
      subscribe(publisher, subscriber, "copy_data = true");
      try {
        eventually(
            () ->
                subscriber
                    .one("select bool_and(srsubstate = 'r') from pg_subscription_rel")
                    .equals("t"));

        subscriber.assertSaid("c key 1", "c key 2");
      } finally {
        unsubscribe(publisher, subscriber);
      }
    }
  }
}
