/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Asks for the entry, again and again, over a fixed number of connections. */
sealed interface HttpLoad {
  int CONNECTIONS = 32;

  /** What it is, for people. */
  String name();

  /** Loads the port for so long. */
  Result run(int port, Duration length) throws IOException, InterruptedException;

  /** How many answers there were, all of them 200, and how many per second. */
  record Result(long answers, double perSecond) {}

  /** wrk where it is installed, since it takes the least from the server; else our own. */
  static HttpLoad choose() {
    return Programs.find("wrk").<HttpLoad>map(Wrk::new).orElseGet(VertxClient::new);
  }

  /** The program of that name. */
  record Wrk(Path program) implements HttpLoad {
    private static final Pattern ANSWERS = Pattern.compile("(\\d+) requests in ");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");

    @Override
    public String name() {
      return "wrk, 2 threads, " + CONNECTIONS + " connections";
    }

    @Override
    public Result run(int port, Duration length) throws IOException {
      Process process =
          new ProcessBuilder(
                  program.toString(),
                  "-t2",
                  "-c" + CONNECTIONS,
                  "-d" + length.toSeconds() + "s",
                  "http://127.0.0.1:" + port + Application.ENTRY)
              .redirectErrorStream(true)
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (output.contains("Non-2xx") || output.contains("Socket errors")) {
        throw new IllegalStateException("not all answers were good:\n" + output);
      }
      return new Result(
          Long.parseLong(find(ANSWERS, output)), Double.parseDouble(find(RATE, output)));
    }

    private static String find(Pattern pattern, String output) {
      Matcher matcher = pattern.matcher(output);
      if (!matcher.find()) {
        throw new IllegalStateException("unknown output of wrk:\n" + output);
      }
      return matcher.group(1);
    }
  }

  /** Vert.x' own client. */
  record VertxClient() implements HttpLoad {
    @Override
    public String name() {
      return "a Vert.x client, " + CONNECTIONS + " connections";
    }

    @Override
    public Result run(int port, Duration length) throws InterruptedException {
      Vertx vertx = Vertx.vertx();
      try {
        HttpClient client =
            vertx.createHttpClient(
                new HttpClientOptions().setDefaultHost("127.0.0.1").setDefaultPort(port),
                new PoolOptions().setHttp1MaxSize(CONNECTIONS));
        AtomicLong answers = new AtomicLong();
        long startNanos = System.nanoTime();
        long endNanos = startNanos + length.toNanos();
        List<Future<Void>> all =
            Stream.generate(() -> loop(client, endNanos, answers)).limit(CONNECTIONS).toList();
        Future.all(all)
            .toCompletionStage()
            .toCompletableFuture()
            .get(length.toSeconds() + 30, TimeUnit.SECONDS);
        return new Result(answers.get(), answers.get() * 1e9 / (System.nanoTime() - startNanos));
      } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
        throw new IllegalStateException("not all answers were good", e);
      } finally {
        vertx.close().toCompletionStage().toCompletableFuture().join();
      }
    }

    private static Future<Void> loop(HttpClient client, long endNanos, AtomicLong answers) {
      return client
          .request(HttpMethod.GET, Application.ENTRY)
          .compose(request -> request.send())
          .compose(
              response ->
                  response.statusCode() == 200
                      ? response.body()
                      : Future.failedFuture("answered " + response.statusCode()))
          .compose(
              body -> {
                answers.incrementAndGet();
                return System.nanoTime() < endNanos
                    ? loop(client, endNanos, answers)
                    : Future.succeededFuture();
              });
    }
  }
}
