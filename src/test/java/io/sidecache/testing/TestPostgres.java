/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real PostgreSQL server on a free port. One is shared by all tests of a JVM and stops with it;
 * each test class makes databases of its own on it.
 */
public final class TestPostgres implements AutoCloseable {
  private static final int MOST_ATTEMPTS = 5;
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private final Path dataDirectory;
  private final Map<String, String> config;
  private final int port;
  private @Nullable EmbeddedPostgres server;

  /** Starts a server on a directory that is empty or holds a server's data. */
  TestPostgres(Path dataDirectory, Map<String, String> config) {
    this.dataDirectory = dataDirectory;
    this.config = Map.copyOf(config);
    try {
      EmbeddedPostgres started = startOnFreePort(this::builder);
      port = started.getPort();
      server = started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EmbeddedPostgres.Builder builder() {
    EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder();
    config.forEach(builder::setServerConfig);
    return builder
        .setDataDirectory(dataDirectory)
        .setCleanDataDirectory(false)
        .setRegisterShutdownHook(false)
        .setPGStartupWait(Duration.ofMinutes(1))
        .setOutputRedirector(ProcessBuilder.Redirect.DISCARD);
  }

  /**
   * Starts a server on a port that nobody else has.
   *
   * <p>Between the library's look for a free port and the server's bind another process may take
   * it; where that is a PostgreSQL too, the library takes it for ours. So each server gets a name,
   * and is asked for it.
   *
   * @param builders gives a new builder, without a port, for each attempt
   */
  public static EmbeddedPostgres startOnFreePort(Supplier<EmbeddedPostgres.Builder> builders)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      String name = "test-" + UUID.randomUUID();
      try {
        EmbeddedPostgres started = builders.get().setServerConfig("cluster_name", name).start();
        if (name.equals(clusterName(started.getPort()))) {
          return started;
        }
        started.close();
      } catch (IOException | IllegalStateException e) {
        if (attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
      if (attempt == MOST_ATTEMPTS) {
        throw new IOException("other servers answered on " + attempt + " ports in a row");
      }
    }
  }

  /** The name of whatever server answers. */
  private static String clusterName(int port) {
    return new Database("127.0.0.1", port, "postgres").query("show cluster_name");
  }

  /** Holds the server of the JVM; made when first asked for. */
  private static final class Shared {
    private static final TestPostgres SERVER = start();

    static {
      Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(Shared.SERVER::close));
    }
  }

  /** The server that all tests share. Not to be closed. */
  public static TestPostgres shared() {
    return Shared.SERVER;
  }

  /** Starts a server of the caller's own. */
  public static TestPostgres start() {
    return start(Map.of());
  }

  /** Starts a server of the caller's own with parameters whose values contain no blanks. */
  public static TestPostgres start(Map<String, String> config) {
    return new TestPostgres(newDirectory(), config);
  }

  static Path newDirectory() {
    try {
      return Files.createTempDirectory("sidecache-test");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path dataDirectory() {
    return dataDirectory;
  }

  /**
   * Sends a signal to all processes of the server, the first one first.
   *
   * @param signal as {@code kill} names it: {@code STOP}, {@code CONT}, {@code QUIT}
   */
  public void signal(String signal) {
    for (ProcessHandle process : processes()) {
      signal(signal, process.pid());
    }
  }

  /** Sends a signal to one process. */
  public static void signal(String signal, long pid) {
    try {
      Process kill =
          new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).inheritIO().start();
      if (!kill.waitFor(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("kill did not end");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Kills all processes of the server with SIGKILL and waits until they are gone. */
  public synchronized void kill() {
    List<ProcessHandle> processes = processes();
    processes.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : processes) {
      process.onExit().orTimeout(1, TimeUnit.MINUTES).join();
    }
  }

  private List<ProcessHandle> processes() {
    try {
      String pid = Files.readAllLines(dataDirectory.resolve("postmaster.pid")).getFirst();
      ProcessHandle first = ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
      return Stream.concat(Stream.of(first), first.descendants()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stops the server as {@code pg_ctl stop -m fast} does; its data stay. */
  public synchronized void stop() {
    EmbeddedPostgres running = server;
    server = null;
    if (running != null) {
      try {
        running.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Starts the stopped server on the same port with the same data. */
  public synchronized void startAgain() {
    try {
      server = builder().setPort(port).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  /** Makes an empty database with a name that starts as given. */
  public Database createDatabase(String prefix) {
    String name = prefix + "_" + DATABASES.incrementAndGet();
    new Database("127.0.0.1", port(), "postgres").execute("create database " + name);
    return new Database("127.0.0.1", port(), name);
  }

  @Override
  public void close() {
    stop();
    try (Stream<Path> files = Files.walk(dataDirectory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One database, as a test sees it. */
  public record Database(String host, int port, String name) {
    public static final String USER = "postgres";

    public String url() {
      return urlThrough(port);
    }

    /** The URL that leads to this database through a proxy on another port. */
    public String urlThrough(int otherPort) {
      return "jdbc:postgresql://" + host + ":" + otherPort + "/" + name + "?sslmode=disable";
    }

    /** Connects anew each time. */
    public DataSource dataSource() {
      PGSimpleDataSource dataSource = new PGSimpleDataSource();
      dataSource.setUrl(url());
      dataSource.setUser(USER);
      return dataSource;
    }

    /** Runs statements in one transaction. */
    public void execute(String sql) {
      try (Connection connection = dataSource().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(sql);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    /** The first column of a query's first row, as text. */
    public String query(String sql) {
      try (Connection connection = dataSource().getConnection();
          Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        row.next();
        return row.getString(1);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
