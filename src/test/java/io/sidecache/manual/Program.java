/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The sidecar that a page starts, ends and starts again; there is one at a time. */
final class Program implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Shell shell;
  private final Path directory;
  private final URI ready;
  private Optional<ProcessHandle> running = Optional.empty();
  private int starts;

  Program(Shell shell, Path directory, int managementPort) {
    this.shell = shell;
    this.directory = directory;
    this.ready = URI.create("http://127.0.0.1:" + managementPort + "/q/health/ready");
  }

  /**
   * Starts it by the page's shell, so that its variables count, but not as a job that the page
   * could name; and waits until it is ready.
   */
  void start(String command) {
    starts++;
    String job = "( { " + command + "\n} >" + logFile(starts) + " 2>&1 &\necho $! )";
    List<String> said = shell.run(job, _ -> true, Duration.ZERO).output();
    ProcessHandle started = ProcessHandle.of(Long.parseLong(said.getLast())).orElseThrow();
    running = Optional.of(started);
    await().atMost(LIMIT).until(() -> isReady(started));
  }

  private boolean isReady(ProcessHandle started) throws InterruptedException {
    if (!started.isAlive()) {
      throw new AssertionError("the sidecar has ended: " + log());
    }
    HttpRequest request = HttpRequest.newBuilder(ready).timeout(Duration.ofSeconds(10)).build();
    try {
      return client.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Ends it as {@code kill -9} does. */
  void end() {
    for (ProcessHandle process :
        running.stream()
            .flatMap(one -> Stream.concat(one.descendants(), Stream.of(one)))
            .toList()) {
      process.destroyForcibly();
      process.onExit().orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    }
    running = Optional.empty();
  }

  private Path logFile(int start) {
    return directory.resolve("sidecar-" + start + ".log");
  }

  /** What it has logged, each time that it ran. */
  String log() {
    StringBuilder log = new StringBuilder();
    try {
      for (int start = 1; start <= starts; start++) {
        log.append(Files.readString(logFile(start)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return log.toString();
  }

  @Override
  public void close() {
    end();
    client.close();
  }
}
