/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The yardstick of webhooks: Vert.x' own client posts messages that are written and signed already,
 * to each peer over one connection, the next when the last was answered.
 */
final class BareWebhooks {
  private final Vertx vertx;
  private final int port;

  BareWebhooks(Vertx vertx, int port) {
    this.vertx = vertx;
    this.port = port;
  }

  /** Posts each peer's messages to its path; returns when all are answered. */
  void post(Map<String, List<Receiver.Message>> messages) throws Exception {
    List<Future<Void>> all =
        messages.entrySet().stream()
            .map(peer -> new Loop(client(), peer.getKey(), peer.getValue().iterator()).start())
            .toList();
    Future.all(all).toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
  }

  private HttpClient client() {
    return vertx.createHttpClient(
        new HttpClientOptions().setDefaultHost("127.0.0.1").setDefaultPort(port),
        new PoolOptions().setHttp1MaxSize(1));
  }

  /** One peer's connection. */
  private static final class Loop {
    private final HttpClient client;
    private final String path;
    private final Iterator<Receiver.Message> left;
    private final Promise<Void> done = Promise.promise();

    Loop(HttpClient client, String path, Iterator<Receiver.Message> left) {
      this.client = client;
      this.path = path;
      this.left = left;
    }

    Future<Void> start() {
      next();
      return done.future().compose(ignored -> client.close());
    }

    private void next() {
      if (!left.hasNext()) {
        done.complete();
        return;
      }
      Receiver.Message message = left.next();
      client
          .request(HttpMethod.POST, path)
          .compose(request -> send(request, message))
          .onSuccess(ignored -> next())
          .onFailure(done::fail);
    }

    private static Future<?> send(HttpClientRequest request, Receiver.Message message) {
      request.headers().setAll(message.headers());
      return request.send(message.body()).compose(response -> response.end());
    }
  }
}
