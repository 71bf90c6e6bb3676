/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import static org.awaitility.Awaitility.await;

import io.netty.buffer.Unpooled;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * The peers' HTTP server: takes every webhook and tells which keys came, each peer by its path.
 * Keeps messages while it is asked to. It answers on one event loop.
 */
final class Receiver {
  private final Map<String, IntConsumer> listeners = new ConcurrentHashMap<>();
  private final Map<String, List<Message>> kept = new ConcurrentHashMap<>();
  private final HttpServer server;
  private final List<HttpServerResponse> held = new ArrayList<>();
  private volatile boolean keeping;
  private boolean holding;

  /** One webhook as it came. */
  record Message(MultiMap headers, Buffer body) {}

  private Receiver(HttpServer server) {
    this.server = server;
  }

  static Receiver start(Vertx vertx) throws Exception {
    Receiver receiver = new Receiver(vertx.createHttpServer());
    receiver
        .server
        .requestHandler(receiver::take)
        .listen(0, "127.0.0.1")
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
    return receiver;
  }

  int port() {
    return server.actualPort();
  }

  private void take(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body -> {
              IntConsumer listener = listeners.get(request.path());
              if (keeping || listener == null) {
                kept.computeIfAbsent(request.path(), path -> new ArrayList<>())
                    .add(new Message(request.headers(), body));
              }
              if (listener != null) {
                new KeyScanner(listener).scan(Unpooled.wrappedBuffer(body.getBytes()));
              }
              answer(request.response().setStatusCode(204));
            });
  }

  private synchronized void answer(HttpServerResponse response) {
    if (holding) {
      held.add(response);
    } else {
      end(response);
    }
  }

  private static void end(HttpServerResponse response) {
    response.end().onFailure(Throwable::printStackTrace);
  }

  /** Answers nobody from now on, so that all that comes after waits in the queues of the peers. */
  synchronized void hold() {
    holding = true;
  }

  /** Answers those who wait, and all from now on. */
  synchronized void release() {
    holding = false;
    held.forEach(Receiver::end);
    held.clear();
  }

  /** From now on that listener is told of the peer's keys. */
  void listen(String path, IntConsumer listener) {
    listeners.put(path, listener);
  }

  /** Waits until every peer has had a message, which is the reset of the start. */
  void awaitFirst(Collection<String> paths) {
    await().atMost(Duration.ofMinutes(1)).until(() -> kept.keySet().containsAll(paths));
  }

  /** Begins to keep messages, or ends it. */
  void keep(boolean keeps) {
    if (keeps) {
      kept.clear();
    }
    keeping = keeps;
  }

  /** What was kept of one peer's messages, in order. */
  List<Message> kept(String path) {
    return List.copyOf(kept.getOrDefault(path, List.of()));
  }
}
