/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.awaitility.Awaitility.await;

import io.sidecache.testing.TestPostgres;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What the build made, in a process of its own, of which there may be several. */
final class RunningSidecar implements AutoCloseable {
  static final Duration LIMIT = Duration.ofSeconds(90);
  private static final AtomicInteger STARTED = new AtomicInteger();

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final Process process;
  private final int port;
  private final Path log;

  private RunningSidecar(Process process, int port, Path log) {
    this.process = process;
    this.port = port;
    this.log = log;
  }

  /**
   * Starts it, and waits until it answers.
   *
   * @param settings by name
   */
  static RunningSidecar start(int port, Map<String, String> settings) {
    return start(port, settings, List.of());
  }

  /**
   * As {@link #start(int, Map)}.
   *
   * @param options for the JVM, where there is one
   */
  static RunningSidecar start(int port, Map<String, String> settings, List<String> options) {
    Artefact artefact = Artefact.built();
    Path log = artefact.directory().resolve("sidecar-" + STARTED.incrementAndGet() + ".log");
    List<String> command = new ArrayList<>();
    if (!artefact.isNative()) {
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xmx128m");
      command.addAll(options);
    } else {
      command.add(artefact.path().toAbsolutePath().toString());
    }
    settings.forEach((name, value) -> command.add("-D" + name + "=" + value));
    command.add("-Dquarkus.http.port=" + port);
    command.add("-Dquarkus.management.host=127.0.0.1");
    command.add("-Dquarkus.management.port=0");
    if (!artefact.isNative()) {
      command.add("-jar");
      command.add(artefact.path().toAbsolutePath().toString());
    }
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      RunningSidecar sidecar = new RunningSidecar(process, port, log);
      await().atMost(LIMIT).until(sidecar::answers);
      return sidecar;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean answers() {
    if (!process.isAlive()) {
      throw new IllegalStateException("it ended with " + process.exitValue() + ": " + log());
    }
    try {
      return send("GET", "/v1/caches", "").statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** A port that nobody has now. */
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  HttpResponse<String> get(String path) {
    return send("GET", path, "");
  }

  JsonObject json(String path) {
    return new JsonObject(get(path).body());
  }

  /** Its one peer of this name. */
  JsonObject peer(String name) {
    return json("/v1/webhooks").getJsonArray("webhooks").stream()
        .map(JsonObject.class::cast)
        .filter(peer -> peer.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  HttpResponse<String> send(String method, String path, String body, String... fields) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .timeout(Duration.ofSeconds(10))
            .method(method, BodyPublishers.ofString(body));
    if (fields.length > 0) {
      request.headers(fields);
    }
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void signal(String name) {
    TestPostgres.signal(name, process.pid());
  }

  /** Ends it as {@code kill -9} does. */
  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** Waits until it has ended by itself. */
  void awaitEnd() {
    try {
      if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("it runs on: " + log());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    kill();
    client.close();
  }
}
