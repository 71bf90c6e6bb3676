/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A streaming standby of a {@link TestPostgres}, made from a copy of its data while it is stopped
 * for a moment (manual, "File System Level Backup" and "Standby Server Operation").
 */
public final class StandbyFixture implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Set<String> NOT_COPIED =
      Set.of("postmaster.pid", "postmaster.opts", "epg-lock");

  private final TestPostgres server;

  private StandbyFixture(TestPostgres server) {
    this.server = server;
  }

  /** Makes a standby and waits until it streams. The primary keeps its port. */
  public static StandbyFixture of(TestPostgres primary) {
    Path copy = TestPostgres.newDirectory();
    primary.stop();
    try {
      copy(primary.dataDirectory(), copy);
      Files.createFile(copy.resolve("standby.signal"));
      Files.writeString(
          copy.resolve("postgresql.auto.conf"),
          "primary_conninfo = 'host=127.0.0.1 port="
              + primary.port()
              + " user=postgres application_name=standby'\n",
          StandardOpenOption.APPEND,
          StandardOpenOption.CREATE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    primary.startAgain();
    StandbyFixture standby = new StandbyFixture(new TestPostgres(copy, Map.of()));
    TestPostgres.Database maintenance =
        new TestPostgres.Database("127.0.0.1", primary.port(), "postgres");
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () ->
                maintenance
                    .query("select count(*) from pg_stat_replication where state = 'streaming'")
                    .equals("1"));
    return standby;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      List<Path> sources = files.filter(file -> !NOT_COPIED.contains(name(file))).toList();
      for (Path source : sources) {
        Path target = to.resolve(from.relativize(source).toString());
        if (!Files.isDirectory(source)) {
          Files.copy(source, target);
        } else if (!Files.exists(target)) {
          Files.createDirectory(target);
        }
        Files.setPosixFilePermissions(target, Files.getPosixFilePermissions(source));
      }
    }
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  public int port() {
    return server.port();
  }

  /** The same database as the primary has it. */
  public TestPostgres.Database database(TestPostgres.Database ofPrimary) {
    return new TestPostgres.Database(ofPrimary.host(), server.port(), ofPrimary.name());
  }

  /** Makes it a primary with a timeline of its own, and waits for that. */
  public void promote() {
    new TestPostgres.Database("127.0.0.1", server.port(), "postgres")
        .query("select pg_promote(true, 60)");
  }

  /** Kills it with SIGKILL. */
  public void kill() {
    server.kill();
  }

  @Override
  public void close() {
    server.close();
  }
}
