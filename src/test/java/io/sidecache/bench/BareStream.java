/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The yardstick of the live stream: a bare Vert.x handler that writes the same frames to all who
 * ask, as soon as a bare listener hears of them; what waits for a loop goes out in one piece. No
 * filters, no memory of what was, and no care for who reads too slowly. On a Vert.x of its own,
 * with as many event loops as the application has.
 */
final class BareStream {
  static final String CHANNEL = "bare";

  private final List<Loop> loops = new ArrayList<>();
  private long number;

  private BareStream() {}

  /**
   * Starts it.
   *
   * @param port where it serves
   * @param database the URI of the database where it listens
   */
  static void start(int port, String database) throws Exception {
    Vertx vertx = Vertx.vertx();
    BareStream stream = new BareStream();
    vertx
        .deployVerticle(
            () -> stream.loop(port),
            new DeploymentOptions().setInstances(VertxOptions.DEFAULT_EVENT_LOOP_POOL_SIZE))
        .compose(ignored -> PgConnection.connect(vertx, PgConnectOptions.fromUri(database)))
        .compose(
            connection -> {
              connection.notificationHandler(heard -> stream.tell(heard.getPayload()));
              return connection.query("listen " + CHANNEL).execute();
            })
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  private Loop loop(int port) {
    Loop loop = new Loop(port);
    loops.add(loop);
    return loop;
  }

  private void tell(String key) {
    number++;
    String frame =
        "id: 0123456789abcdef-%d\nevent: invalidated\ndata: {\"cache\":\"stream\",\"key\":\"%s\",\"at\":\"%s\"}\n\n"
            .formatted(number, key, Instant.now());
    loops.forEach(loop -> loop.tell(frame));
  }

  /** One event loop and its readers. */
  private static final class Loop extends AbstractVerticle {
    private final int port;
    private final Set<HttpServerResponse> readers = new LinkedHashSet<>();
    private final StringBuilder waiting = new StringBuilder();

    Loop(int port) {
      this.port = port;
    }

    @Override
    public void start(Promise<Void> started) {
      vertx
          .createHttpServer()
          .requestHandler(this::add)
          .listen(port, "127.0.0.1")
          .<Void>mapEmpty()
          .onComplete(started);
    }

    private void add(HttpServerRequest request) {
      HttpServerResponse response = request.response();
      response.setChunked(true).putHeader("content-type", "text/event-stream");
      response.closeHandler(ignored -> readers.remove(response));
      response.write(": bare\n\n");
      readers.add(response);
    }

    void tell(String frame) {
      synchronized (waiting) {
        waiting.append(frame);
        if (waiting.length() > frame.length()) {
          return; // the loop knows
        }
      }
      context.runOnContext(ignored -> give());
    }

    private void give() {
      Buffer frames;
      synchronized (waiting) {
        frames = Buffer.buffer(waiting.toString());
        waiting.setLength(0);
      }
      readers.forEach(reader -> reader.write(frames));
    }
  }
}
