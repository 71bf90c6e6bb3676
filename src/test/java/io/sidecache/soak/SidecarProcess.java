/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** The packaged application in a JVM of its own. */
final class SidecarProcess implements AutoCloseable {
  private static final long START_LIMIT_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final String BARRIER =
      "DELETE /v1/caches/aside/entries/barrier HTTP/1.1\r\nHost: sidecar\r\n\r\n";

  private final Process process;
  private final Path log;
  private final int port;

  private SidecarProcess(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.port = port;
  }

  /**
   * Starts it; {@link #awaitBarrier} tells when it works.
   *
   * @param jvm the arguments of the JVM, what to run last
   * @param settings name and value with {@code =} between
   * @param log where its output goes
   */
  static SidecarProcess start(List<String> jvm, List<String> settings, Path log)
      throws IOException {
    int port = freePort();
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    settings.forEach(setting -> command.add("-D" + setting));
    command.add("-Dquarkus.http.port=" + port);
    command.add("-Dquarkus.management.port=" + freePort());
    command.addAll(jvm);
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new SidecarProcess(process, log, port);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  HttpPipe connect() throws IOException {
    return new HttpPipe(port);
  }

  /** How many lines of its log hold this text. */
  long count(String text) {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.filter(line -> line.contains(text)).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes all that is committed now be applied; tells whether that was confirmed. */
  static boolean barrier(HttpPipe pipe) throws IOException {
    return pipe.exchange(BARRIER).status() == 204;
  }

  /** Waits until a barrier comes back: the sidecar listens. */
  void awaitBarrier() {
    long startNanos = System.nanoTime();
    String last = "";
    while (System.nanoTime() - startNanos < START_LIMIT_NANOS) {
      if (!process.isAlive()) {
        throw new IllegalStateException(
            "the sidecar ended with exit code " + process.exitValue() + ", see " + log);
      }
      try (HttpPipe pipe = connect()) {
        if (barrier(pipe)) {
          return;
        }
        last = "refused";
      } catch (IOException e) {
        last = String.valueOf(e); // not listening yet
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    throw new IllegalStateException("no barrier came back in time: " + last + ", see " + log);
  }

  /** Sends a signal by kill(1). */
  static void signal(String name, long pid) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(pid))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
