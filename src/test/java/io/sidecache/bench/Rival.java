/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A server of Debian's that gives the same 100 bytes to those who ask: the process and its port.
 * Its files are in a directory of its own; its processes end with it.
 */
final class Rival implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Process process;
  private final int port;

  private Rival(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  int port() {
    return port;
  }

  /** Redis, in memory alone, holding the entry. Empty where it is not installed. */
  static Optional<Rival> redis(Path directory) throws IOException {
    Optional<Path> program = Programs.find("redis-server");
    if (program.isEmpty()) {
      return Optional.empty();
    }
    int port = ChildJvm.freePort();
    Rival redis =
        start(
            Files.createDirectories(directory),
            port,
            program.get().toString(),
            "--bind",
            "127.0.0.1",
            "--port",
            Integer.toString(port),
            "--save",
            "",
            "--appendonly",
            "no");
    String body = Application.BODY;
    String stored =
        ask(
            port,
            "*3\r\n$3\r\nSET\r\n$5\r\nbench\r\n$" + body.length() + "\r\n" + body + "\r\n",
            5);
    if (!stored.equals("+OK\r\n")) {
      throw new IllegalStateException("redis-server did not store the entry: " + stored);
    }
    return Optional.of(redis);
  }

  /**
   * nginx with as many processes as there are processors, which answers with the bytes and the
   * header fields of a hit out of its configuration. Empty where it is not installed.
   */
  static Optional<Rival> nginx(Path directory) throws IOException {
    Optional<Path> program = Programs.find("nginx");
    if (program.isEmpty()) {
      return Optional.empty();
    }
    int port = ChildJvm.freePort();
    Path settings = Files.createDirectories(directory).resolve("nginx.conf");
    Files.writeString(settings, nginxSettings(directory, port));
    return Optional.of(
        start(
            directory,
            port,
            program.get().toString(),
            "-p",
            directory.toString(),
            "-e",
            directory.resolve("error.log").toString(),
            "-c",
            settings.toString()));
  }

  private static String nginxSettings(Path directory, int port) {
    return """
    daemon off;
    worker_processes auto;
    pid %1$s/nginx.pid;
    events { worker_connections 1024; }
    http {
      access_log off;
      keepalive_requests 1000000000;
      client_body_temp_path %1$s/body;
      default_type application/json;
      server {
        listen 127.0.0.1:%2$d;
        location = %3$s {
          add_header ETag '"0000000000000000"';
          add_header Age 0;
          add_header Cache-Status "sidecache; hit";
          add_header X-Content-Type-Options nosniff;
          return 200 '%4$s';
        }
      }
    }
    """
        .formatted(directory, port, Application.ENTRY, Application.BODY);
  }

  private static Rival start(Path directory, int port, String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("output.log").toFile())
            .start();
    long startNanos = System.nanoTime();
    while (!accepts(port)) {
      if (!process.isAlive() || System.nanoTime() - startNanos > PATIENCE.toNanos()) {
        process.destroy();
        throw new IllegalStateException(
            command[0] + " did not start:\n" + Files.readString(directory.resolve("output.log")));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    return new Rival(process, port);
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false; // not yet
    }
  }

  private static String ask(int port, String question, int answerBytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      out.write(question.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readNBytes(answerBytes), StandardCharsets.US_ASCII);
    }
  }

  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>();
    try (Stream<ProcessHandle> children = process.descendants()) {
      children.forEach(all::add);
    }
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        all.forEach(ProcessHandle::destroyForcibly);
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      all.forEach(ProcessHandle::destroyForcibly);
      Thread.currentThread().interrupt();
    }
  }
}
