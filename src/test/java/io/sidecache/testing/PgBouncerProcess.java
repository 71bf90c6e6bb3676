/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A real PgBouncer before a server of this machine, as the Debian package {@code pgbouncer} has it.
 * A test that needs one fails where it is not installed.
 */
public final class PgBouncerProcess implements AutoCloseable {
  private static final List<Path> PLACES =
      List.of(
          Path.of("/usr/sbin/pgbouncer"),
          Path.of("/usr/bin/pgbouncer"),
          Path.of("/usr/local/bin/pgbouncer"),
          Path.of("/opt/homebrew/bin/pgbouncer"));
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int MOST_ATTEMPTS = 5;

  private final Path directory = TestPostgres.newDirectory();
  private final int serverPort;
  private int port;
  private @Nullable Process process;

  /** How long a client keeps its backend. */
  public enum Mode {
    SESSION,
    TRANSACTION
  }

  private PgBouncerProcess(int serverPort) {
    this.serverPort = serverPort;
  }

  /** Starts one on a free port, for all databases of the server on the given port. */
  public static PgBouncerProcess start(int serverPort, Mode mode) {
    PgBouncerProcess started = new PgBouncerProcess(serverPort);
    for (int attempt = 1; ; attempt++) {
      started.port = freePort();
      if (started.run(mode)) {
        return started;
      }
      if (attempt == MOST_ATTEMPTS) {
        throw new IllegalStateException("pgbouncer does not start: " + started.log());
      }
    }
  }

  /** Where it listens. */
  public int port() {
    return port;
  }

  /** Stops it and starts it on the same port. All its connections are lost. */
  public void restart(Mode mode) {
    stop();
    if (!run(mode)) {
      throw new IllegalStateException("pgbouncer does not start again: " + log());
    }
  }

  private boolean run(Mode mode) {
    try {
      writeFiles(mode);
      Process started =
          new ProcessBuilder(command())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
      process = started;
      Awaitility.await().atMost(LIMIT).until(() -> !started.isAlive() || answers());
      return started.isAlive();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> command() {
    Path binary =
        PLACES.stream()
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "This test needs PgBouncer: apt-get install pgbouncer"));
    List<String> command = new ArrayList<>(List.of(binary.toString()));
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("-u", "nobody")); // it refuses to run as root
    }
    command.add(directory.resolve("pgbouncer.ini").toString());
    return command;
  }

  private void writeFiles(Mode mode) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    Path users = directory.resolve("users.txt");
    Files.writeString(users, "\"" + TestPostgres.Database.USER + "\" \"\"\n");
    Files.writeString(
        directory.resolve("pgbouncer.ini"),
        """
        [databases]
        * = host=127.0.0.1 port=%d
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = trust
        auth_file = %s
        pool_mode = %s
        ignore_startup_parameters = extra_float_digits
        server_round_robin = 1
        """
            .formatted(serverPort, port, users, mode == Mode.SESSION ? "session" : "transaction"));
  }

  private boolean answers() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void stop() {
    Process running = process;
    process = null;
    if (running == null) {
      return;
    }
    running.destroyForcibly();
    try {
      if (!running.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("pgbouncer did not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
    try {
      for (String name : List.of("log", "users.txt", "pgbouncer.ini")) {
        Files.deleteIfExists(directory.resolve(name));
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
