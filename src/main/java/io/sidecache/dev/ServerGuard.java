/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.dev;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * The process that outlives us to stop a server and to remove its directory.
 *
 * <p>It is a shell which waits for the end of its standard input, a pipe that we hold. The pipe
 * ends when we close it, and the kernel ends it when this JVM is gone for whatever reason, {@code
 * kill -9} included, so there is one way to stop a server and it always works. Closing blocks until
 * the guard is done.
 */
final class ServerGuard implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(ServerGuard.class);
  private static final long DONE_LIMIT_SECONDS = 20;

  /*
   * The signals and their meaning: PostgreSQL manual, "Shutting Down the Server". TERM first, which
   * waits for the clients: the application, which stops at the same time, then ends its sessions
   * itself instead of reporting a broken one. INT next, which ends the sessions of those who stay.
   * A server that was still starting has no postmaster.pid yet, hence the second round.
   */
  private static final String SCRIPT =
      """
      trap '' HUP INT QUIT TERM
      read -r _
      gone_within() {
        tenths=$1
        while kill -0 "$pid" 2>/dev/null; do
          [ "$tenths" -gt 0 ] || return 1
          tenths=$((tenths - 1))
          sleep 0.1
        done
      }
      round=1
      while [ "$round" -le 2 ]; do
        pid=$(head -n 1 "$SIDECACHE_SERVER_DIRECTORY/data/postmaster.pid" 2>/dev/null)
        if [ -n "$pid" ]; then
          kill -s TERM "$pid" 2>/dev/null
          gone_within 20 || { kill -s INT "$pid" 2>/dev/null; gone_within 100; } \
            || { kill -s KILL "$pid" 2>/dev/null; gone_within 20; }
          round=2
        elif [ -e "$SIDECACHE_SERVER_DIRECTORY/data" ] && [ "$round" -eq 1 ]; then
          sleep 1
        fi
        round=$((round + 1))
      done
      rm -rf "$SIDECACHE_SERVER_DIRECTORY"
      """;

  private final Path directory;
  private final Process shell;

  private ServerGuard(Path directory, Process shell) {
    this.directory = directory;
    this.shell = shell;
  }

  /**
   * A guard over a directory that holds, or will hold, a server's {@code data}.
   *
   * @throws IOException if there is no shell to run
   */
  static ServerGuard over(Path directory) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(List.of("sh", "-c", SCRIPT, "sidecache-guard"));
    builder.environment().put("SIDECACHE_SERVER_DIRECTORY", directory.toString());
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    ServerGuard guard = new ServerGuard(directory, builder.start());
    // Not for the server's sake but for those who look when we are gone: we wait for it. The class
    // loader that made us may be closed by then, so close() uses nothing that is not loaded yet.
    Thread hook = new Thread(guard::close, "sidecache-database-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    return guard;
  }

  /** The server's process id, once it has one. */
  Optional<Long> serverPid() {
    Path file = directory.resolve("data").resolve("postmaster.pid");
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8).stream()
          .findFirst()
          .map(line -> Long.valueOf(line.strip()));
    } catch (IOException | NumberFormatException e) {
      LOG.debugf(e, "no server in %s", directory);
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    try {
      shell.getOutputStream().close();
      if (!shell.waitFor(DONE_LIMIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.warnf("embedded PostgreSQL in %s is still stopping", directory);
      }
    } catch (IOException e) {
      LOG.warnf("embedded PostgreSQL in %s: its guard is gone", directory);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
