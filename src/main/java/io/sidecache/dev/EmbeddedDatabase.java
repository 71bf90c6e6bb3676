/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.dev;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.jboss.logging.Logger;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A real PostgreSQL server of this process's own, for the development mode and for tests.
 *
 * <p>It listens on {@code 127.0.0.1} alone, trusts whoever connects there, and lives in a directory
 * of its own that goes away with it: when it is closed, when the JVM ends, and when the JVM is
 * killed (see {@link ServerGuard}). It works as root too (in a user namespace, since PostgreSQL
 * refuses to run as root). Any number may run at once, of any users. Safe to share between threads;
 * starting and closing block, for a second or two, and longer when the server's binaries must first
 * be unpacked.
 */
public final class EmbeddedDatabase implements AutoCloseable {
  /** The superuser; the password is the same word, and is not checked. */
  public static final String USER = "postgres";

  /** Accepted like any other, since the server trusts its loopback address. */
  public static final String PASSWORD = "postgres";

  private static final Logger LOG = Logger.getLogger(EmbeddedDatabase.class);
  private static final String LOOPBACK = "127.0.0.1";
  private static final String DATABASE = "postgres";
  private static final Duration STARTUP_LIMIT = Duration.ofSeconds(60);
  private static final int ATTEMPTS = 5;
  private static final int LOG_TAIL_LINES = 15;

  private final int port;
  private final Path directory;
  private final ServerGuard guard;

  private EmbeddedDatabase(int port, Path directory, ServerGuard guard) {
    this.port = port;
    this.directory = directory;
    this.guard = guard;
  }

  /**
   * A server on any free port.
   *
   * @throws EmbeddedDatabaseException if it does not start
   */
  public static EmbeddedDatabase start() {
    return start(0, Map.of());
  }

  /**
   * A server on the port asked for if that is free, else on any other.
   *
   * @param preferredPort the TCP port, or 0 for any
   * @param settings server settings (PostgreSQL manual, chapter 19) that replace our defaults
   * @throws EmbeddedDatabaseException if it does not start
   */
  public static EmbeddedDatabase start(int preferredPort, Map<String, String> settings) {
    int port = isFree(preferredPort) ? preferredPort : anyFreePort();
    for (int attempt = 1; ; attempt++) {
      EmbeddedDatabase database = startOn(port, settings);
      if (database.isOurs()) {
        return database;
      }
      database.close();
      if (attempt == ATTEMPTS) {
        throw new EmbeddedDatabaseException(
            "embedded PostgreSQL found no port of its own in " + ATTEMPTS + " attempts");
      }
      port = anyFreePort();
    }
  }

  private static EmbeddedDatabase startOn(int port, Map<String, String> settings) {
    Path directory;
    ServerGuard guard;
    try {
      directory = Files.createTempDirectory("sidecache-postgres-");
      guard = ServerGuard.over(directory);
    } catch (IOException e) {
      throw new EmbeddedDatabaseException(
          "embedded PostgreSQL could not make its directory in "
              + System.getProperty("java.io.tmpdir")
              + " or run sh: "
              + e.getMessage(),
          e);
    }
    EmbeddedDatabase database = new EmbeddedDatabase(port, directory, guard);
    try (ServerBinaries binaries = ServerBinaries.lock(directory)) {
      launch(port, directory, binaries.directory(), settings);
      return database;
    } catch (IOException | RuntimeException | ExceptionInInitializerError e) {
      String tail = database.logTail();
      database.close();
      throw new EmbeddedDatabaseException(
          "embedded PostgreSQL did not start on port " + port + ": " + e.getMessage() + tail, e);
    }
  }

  private static void launch(int port, Path directory, Path binaries, Map<String, String> settings)
      throws IOException {
    // The library's own default is /tmp/embedded-pg, shared by all users and writable by all.
    System.setProperty("ot.epg.working-dir", binaries.toString());
    Path log = directory.resolve("server.log");
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setPort(port)
            .setDataDirectory(directory.resolve("data"))
            .setCleanDataDirectory(true)
            // ServerGuard stops the server: also when no hook runs, and after the application.
            .setRegisterShutdownHook(false)
            .setPGStartupWait(STARTUP_LIMIT)
            .setOutputRedirector(ProcessBuilder.Redirect.appendTo(log.toFile()))
            // The user's locale may not exist on this machine, and initdb would refuse it.
            .setLocaleConfig("locale", "C")
            .setServerConfig("listen_addresses", LOOPBACK)
            // A socket in /tmp would be one more thing to collide on and to leave behind.
            .setServerConfig("unix_socket_directories", "")
            .setServerConfig("max_connections", "100");
    settings.forEach(builder::setServerConfig);
    builder.start();
  }

  /**
   * Whether the server that answers on our port is the one we started: between our look for a free
   * port and the server's bind another process may have taken it, and if that is a PostgreSQL too,
   * the library takes it for ours.
   */
  private boolean isOurs() {
    try (Connection connection = dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("show data_directory")) {
      return row.next() && Files.isSameFile(Path.of(row.getString(1)), directory.resolve("data"));
    } catch (SQLException | IOException e) {
      LOG.debugf(e, "port %d is not answered by our server", port);
      return false;
    }
  }

  private static boolean isFree(int port) {
    if (port == 0) {
      return false;
    }
    try (ServerSocket socket = new ServerSocket()) {
      // As PostgreSQL does: connections of an earlier server in TIME_WAIT do not matter.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      LOG.debugf(e, "port %d is taken", port);
      return false;
    }
  }

  private static int anyFreePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new EmbeddedDatabaseException("no free port on " + LOOPBACK, e);
    }
  }

  private String logTail() {
    Path log = directory.resolve("server.log");
    if (!Files.exists(log)) {
      return "";
    }
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
      List<String> tail = lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size());
      return "\nIts log ends with:\n  " + String.join("\n  ", tail);
    } catch (IOException e) {
      return "\nIts log could not be read: " + e.getMessage();
    }
  }

  /** The TCP port on {@code 127.0.0.1}. */
  public int port() {
    return port;
  }

  /** The address for JDBC, without credentials. */
  public String jdbcUrl() {
    return "jdbc:postgresql://" + LOOPBACK + ":" + port + "/" + DATABASE;
  }

  /** The address for {@code psql} and other libpq clients. */
  public String clientUrl() {
    return "postgresql://" + USER + "@" + LOOPBACK + ":" + port + "/" + DATABASE;
  }

  /** A source of new connections as the superuser; it pools nothing. */
  public DataSource dataSource() {
    PGSimpleDataSource source = new PGSimpleDataSource();
    source.setURL(jdbcUrl());
    source.setUser(USER);
    source.setPassword(PASSWORD);
    return source;
  }

  /** The directory that holds the server's data and log, and goes when the server goes. */
  public Path directory() {
    return directory;
  }

  /** Whether the server has neither been closed nor died. */
  public boolean isAlive() {
    return guard.serverPid().flatMap(ProcessHandle::of).map(ProcessHandle::isAlive).orElse(false);
  }

  /** Stops the server and removes its directory; blocks until both are done. Repeatable. */
  @Override
  public void close() {
    guard.close();
  }
}
