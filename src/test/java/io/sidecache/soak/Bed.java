/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.TestPostgres;
import io.sidecache.testing.TestPostgres.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Everything of one run: the database, the proxies before it, and the sidecar between them. */
final class Bed implements AutoCloseable {
  static final int COARSEN_AFTER = 60;

  final TestPostgres postgres;
  final Database database;
  final FaultProxy listener;
  final FaultProxy pool;
  final SidecarProcess sidecar;

  private Bed(TestPostgres postgres, Database database, List<String> jvm, Path log)
      throws IOException {
    this.postgres = postgres;
    this.database = database;
    this.listener = FaultProxy.to(database.port());
    this.pool = FaultProxy.to(database.port());
    this.sidecar = SidecarProcess.start(jvm, settings(), log);
  }

  /**
   * Makes a database on the server and starts a sidecar beside it.
   *
   * @param agent the argument that loads a mutant's agent; empty for the product as it is
   */
  static Bed make(TestPostgres postgres, Path target, String name, Optional<String> agent)
      throws IOException {
    Database database = postgres.createDatabase("soak");
    database.execute(
        Files.readString(Path.of("src/main/resources/db/sidecache/V1__sidecache.sql")));
    for (Subject subject : Subject.values()) {
      database.execute(
          "create table %1$s (id int primary key, v bigint not null); insert into %1$s select k, 1 from generate_series(1, %2$d) k"
              .formatted(subject.title(), subject.keys));
    }
    for (Subject subject : List.of(Subject.ROWS, Subject.ASIDE, Subject.SMALL, Subject.AGEING)) {
      database.query(
          "select sidecache.attach('%1$s', '%1$s', coarsen_after => %2$d)"
              .formatted(subject.title(), COARSEN_AFTER));
    }
    database.execute(
        """
        create function tell() returns trigger language plpgsql as $$
        begin
          perform pg_notify('fed_changed', coalesce(new.id, old.id)::text);
          return null;
        end $$;
        create trigger tell after insert or update or delete on fed for each row execute function tell();
        """);
    List<String> jvm = new ArrayList<>(List.of("-Xmx256m"));
    agent.ifPresent(jvm::add);
    Path log = target.resolve("soak").resolve(name + ".log");
    Files.createDirectories(target.resolve("soak"));
    jvm.add("-jar");
    jvm.add(target.resolve("quarkus-app/quarkus-run.jar").toString());
    return new Bed(postgres, database, jvm, log);
  }

  private List<String> settings() {
    List<String> all = new ArrayList<>();
    all.add("quarkus.management.host=127.0.0.1");
    all.add("quarkus.datasource.jdbc.url=" + database.urlThrough(pool.port()));
    all.add("quarkus.datasource.username=" + Database.USER);
    all.add("sidecache.listener.url=" + database.urlThrough(listener.port()));
    all.add("sidecache.listener.heartbeat-interval=200ms");
    all.add("sidecache.listener.heartbeat-timeout=" + Oracle.HEARTBEAT_TIMEOUT.toMillis() + "ms");
    all.add("sidecache.listener.reconnect-initial=20ms");
    all.add("sidecache.listener.reconnect-max=500ms");
    all.add("sidecache.listener.queue-capacity=1024");
    all.add("sidecache.channels.fed_changed.cache=fed");
    all.add("sidecache.channels.fed_changed.format=key");
    for (Subject subject : Subject.values()) {
      String cache = "sidecache.caches." + subject.title();
      all.add(cache + ".maximum-size=100000");
      if (subject.readThrough) {
        Duration timeout =
            subject == Subject.AGEING ? Oracle.AGEING_LOAD_TIMEOUT : Oracle.LOAD_TIMEOUT;
        all.add(cache + ".load-timeout=" + timeout.toMillis() + "ms");
        all.add(cache + ".load=" + load(subject));
      }
    }
    String ageing = "sidecache.caches." + Subject.AGEING.title();
    all.add(ageing + ".expire-after-write=" + Oracle.LIFE.toMillis() + "ms");
    all.add(ageing + ".negative-ttl=" + Oracle.LIFE.toMillis() + "ms");
    all.add(ageing + ".refresh-after-write=" + Oracle.REFRESH_AFTER.toMillis() + "ms");
    all.add(ageing + ".stale-while-revalidate=" + Oracle.STALE_WHILE_REVALIDATE.toMillis() + "ms");
    all.add(ageing + ".stale-if-error=" + Oracle.STALE_IF_ERROR.toSeconds() + "s");
    all.add("sidecache.caches.fed.on-gap=serve-stale");
    all.add("sidecache.caches.fed.max-stale=" + Oracle.MAX_STALE.toSeconds() + "s");
    return all;
  }

  private static String load(Subject subject) {
    String groups =
        subject.byGroup ? ", array['g' || t.id / " + Subject.GROUP_KEYS + "] as groups" : "";
    return "select t.id || ':' || t.v"
        + groups
        + " from "
        + subject.title()
        + " t where t.id = ?::int";
  }

  /** A connection of the soak's own, past the proxies. */
  Connection connect() throws SQLException {
    return DriverManager.getConnection(
        database.url() + "&ApplicationName=soak&connectTimeout=5&socketTimeout=30",
        Database.USER,
        "");
  }

  /** What the server wrote about itself, for people who look for a fault of the bed. */
  String describe() {
    return database.url() + ", sidecar " + sidecar.pid();
  }

  /** The first line of a file of the server's. */
  long postmaster() throws IOException {
    Path directory = Path.of(database.query("show data_directory"));
    return Long.parseLong(
        Files.readAllLines(directory.resolve("postmaster.pid"), StandardCharsets.UTF_8).getFirst());
  }

  @Override
  public void close() {
    sidecar.close();
    listener.close();
    pool.close();
  }
}
