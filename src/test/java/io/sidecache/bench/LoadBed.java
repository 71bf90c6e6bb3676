/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.soak.Answer;
import io.sidecache.soak.HttpPipe;
import io.sidecache.soak.KeyHistory;
import io.sidecache.soak.Oracle;
import io.sidecache.soak.Subject;
import io.sidecache.testing.TestPostgres.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The packaged application with the memory of a container of 320 MiB, two attached tables whose
 * rows are versions that only grow, and the {@link Oracle} that judges what it answers.
 *
 * <p>{@code rows} is read through, {@code aside} is filled by the application. How slow the
 * database is stands in a table, so that it can be changed while loads run.
 */
final class LoadBed implements AutoCloseable {
  /** Keys up to this one are read; the others change, too, and nobody has them in memory. */
  static final int READ_KEYS = 2_000;

  static final int KEYS = 10 * READ_KEYS;

  /** The defaults of the settings of these names. */
  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(3);

  private static final Duration LOAD_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  final Oracle oracle = new Oracle(HEARTBEAT_TIMEOUT, LOAD_TIMEOUT, subject -> KEYS);
  final ChildJvm child;

  private final Database database;
  private final int port;
  private final Path collections;

  private LoadBed(Database database, ChildJvm child, int port, Path collections) {
    this.database = database;
    this.child = child;
    this.port = port;
    this.collections = collections;
  }

  /** Makes the tables and starts the application; returns when it is fresh. */
  static LoadBed start(Path target, Database database) throws Exception {
    database.execute(
        Files.readString(Path.of("src/main/resources/db/sidecache/V1__sidecache.sql")));
    for (Subject subject : List.of(Subject.ROWS, Subject.ASIDE)) {
      database.execute(
          """
          create table %1$s (id int primary key, v bigint not null);
          insert into %1$s select k, 1 from generate_series(1, %2$d) k;
          select sidecache.attach('%1$s', '%1$s');
          """
              .formatted(subject.title(), KEYS));
    }
    database.execute(
        """
        create table pace (seconds float8 not null);
        insert into pace values (0);
        create function pace() returns boolean language plpgsql volatile as $$
        begin
          perform pg_sleep(seconds) from pace where seconds > 0;
          return true;
        end $$;
        analyze;
        """);
    int port = ChildJvm.freePort();
    Path jars = target.resolve("quarkus-app").toAbsolutePath();
    Path collections = target.resolve("bench").resolve("load-gc.log");
    Files.createDirectories(target.resolve("bench"));
    List<String> command = new ArrayList<>(StartUpCost.asInTheImage(jars));
    command.add("-Xlog:gc:file=" + collections);
    command.addAll(settings(database, port));
    command.addAll(List.of("-jar", jars.resolve("quarkus-run.jar").toString()));
    ChildJvm child = ChildJvm.start(command);
    child.printRest();
    LoadBed bed = new LoadBed(database, child, port, collections);
    bed.awaitBarrier();
    return bed;
  }

  private static List<String> settings(Database database, int port) throws IOException {
    return List.of(
        "-Dquarkus.http.port=" + port,
        "-Dquarkus.management.port=" + ChildJvm.freePort(),
        "-Dquarkus.management.host=127.0.0.1",
        "-Dquarkus.datasource.jdbc.url=" + database.url(),
        "-Dquarkus.datasource.username=" + Database.USER,
        "-Dsidecache.caches.rows.load="
            + "select t.id || ':' || t.v from rows t where t.id = ?::int and pace()",
        "-Dsidecache.caches.aside.maximum-size=" + KEYS);
  }

  /** A connection to the application. */
  HttpPipe pipe() throws IOException {
    return new HttpPipe(port);
  }

  /** A connection to the database, in autocommit. */
  Connection connect() throws SQLException {
    return database.dataSource().getConnection();
  }

  /** From now on each load takes so long. */
  void slow(Duration each) {
    database.execute("update pace set seconds = " + each.toMillis() / 1e3);
  }

  /**
   * Has all that is committed now be applied, and tells the oracle so.
   *
   * @return whether that was confirmed
   */
  boolean barrier(HttpPipe pipe) throws IOException {
    long nanos = System.nanoTime();
    Answer answer =
        pipe.exchange("DELETE " + Subject.ASIDE.path(0) + " HTTP/1.1\r\nHost: sidecar\r\n\r\n");
    if (answer.status() == 204) {
      oracle.applied(nanos);
      return true;
    }
    return false;
  }

  private void awaitBarrier() {
    long startNanos = System.nanoTime();
    while (System.nanoTime() - startNanos < PATIENCE.toNanos()) {
      try (HttpPipe pipe = pipe()) {
        if (barrier(pipe)) {
          return;
        }
      } catch (IOException notListening) {
        if (!child.isAlive()) {
          throw new IllegalStateException("the application has ended", notListening);
        }
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    throw new IllegalStateException("the application is not fresh after " + PATIENCE);
  }

  /** Reads every key that is read, so that all are in memory. */
  void warm(Filler filler) throws IOException, SQLException {
    try (HttpPipe pipe = pipe()) {
      for (Subject subject : List.of(Subject.ROWS, Subject.ASIDE)) {
        for (int key = 1; key <= READ_KEYS; key++) {
          KeyHistory history = oracle.history(subject, key);
          Oracle.Duty duty = oracle.duty(history, KeyHistory.NONE);
          byte[] get = subject.get(key);
          pipe.send(get, get.length);
          Answer answer = pipe.receive();
          oracle.judge(duty, answer);
          if (!answer.token().isEmpty()) {
            filler.fill(pipe, history, answer.token());
          }
        }
      }
    }
  }

  /** What the garbage collector did since the start. */
  Collections collections() throws IOException {
    return Collections.parse(Files.readString(collections, StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    child.close();
  }
}
