/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import io.quarkus.arc.Arc;
import io.quarkus.runtime.Application;
import io.sidecache.cache.Caches;
import io.sidecache.rest.EntryRoutes;
import io.sidecache.source.InvalidationSource;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The packaged application with two more servers beside it in one process: a bare handler that
 * answers every request with the bytes and header fields of a hit (the yardstick), and the
 * application's own handler on a router without Quarkus around it, which tells what Quarkus costs.
 * Both run on a Vert.x of their own, with as many event loops as the application has.
 *
 * <p>Runs as a child of the benchmark, see {@link Packaged}. Arguments: the two ports. For each
 * line on standard input it prints how many threads were started, how many bytes were allocated and
 * how many nanoseconds of processor time were taken so far.
 */
public final class Beside {
  private Beside() {}

  public static void main(String[] arguments) throws Exception {
    Application application = Packaged.start();
    try {
      // Not the application's own, whose metrics the yardstick would have to pay for too.
      Vertx vertx = Vertx.vertx();
      Caches caches = Arc.container().instance(Caches.class).get();
      InvalidationSource source = Arc.container().instance(InvalidationSource.class).get();
      serve(vertx, Integer.parseInt(arguments[0]), Beside::bareHandler);
      serve(vertx, Integer.parseInt(arguments[1]), () -> routed(vertx, caches, source));
      answerQuestions();
    } finally {
      application.stop();
      System.exit(0);
    }
  }

  private static Handler<HttpServerRequest> bareHandler() {
    Buffer body = Buffer.buffer("0123456789".repeat(10));
    CharSequence etag = HttpHeaders.createOptimized("\"0000000000000000\"");
    CharSequence json = HttpHeaders.createOptimized("application/json");
    CharSequence zero = HttpHeaders.createOptimized("0");
    CharSequence age = HttpHeaders.createOptimized("Age");
    CharSequence cacheStatus = HttpHeaders.createOptimized("Cache-Status");
    CharSequence hit = HttpHeaders.createOptimized("sidecache; hit");
    CharSequence options = HttpHeaders.createOptimized("X-Content-Type-Options");
    CharSequence nosniff = HttpHeaders.createOptimized("nosniff");
    return request ->
        request
            .response()
            .putHeader(HttpHeaders.ETAG, etag)
            .putHeader(age, zero)
            .putHeader(cacheStatus, hit)
            .putHeader(HttpHeaders.CONTENT_TYPE, json)
            .putHeader(options, nosniff)
            .end(body);
  }

  private static Handler<HttpServerRequest> routed(
      Vertx vertx, Caches caches, InvalidationSource source) {
    Router router = Router.router(vertx);
    EntryRoutes.install(router, caches, source);
    return router;
  }

  /** As Quarkus does: as many acceptors as event loops. */
  private static void serve(Vertx vertx, int port, Supplier<Handler<HttpServerRequest>> handler)
      throws Exception {
    vertx
        .deployVerticle(
            () -> new Server(port, handler.get()),
            new DeploymentOptions().setInstances(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE))
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private static final class Server extends AbstractVerticle {
    private final int port;
    private final Handler<HttpServerRequest> handler;

    Server(int port, Handler<HttpServerRequest> handler) {
      this.port = port;
      this.handler = handler;
    }

    @Override
    public void start(Promise<Void> started) {
      vertx
          .createHttpServer()
          .requestHandler(handler)
          .listen(port, "127.0.0.1")
          .<Void>mapEmpty()
          .onComplete(started);
    }
  }

  private static void answerQuestions() throws Exception {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    OperatingSystemMXBean process =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    System.out.println("beside ready");
    BufferedReader questions =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (questions.readLine() != null) {
      System.out.println(
          "beside figures "
              + threads.getTotalStartedThreadCount()
              + " "
              + threads.getTotalThreadAllocatedBytes()
              + " "
              + process.getProcessCpuTime());
    }
  }
}
