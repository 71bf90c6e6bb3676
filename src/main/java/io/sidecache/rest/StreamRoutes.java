/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Caches;
import io.sidecache.source.webhook.WebhookReceiver;
import io.sidecache.stream.EventStream;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Puts the webhooks in before the guard of the API, and the live stream behind it. */
@Singleton
class StreamRoutes {
  private final EventHandler events;
  private final WebhookHandler webhooks;

  @Inject
  StreamRoutes(Caches caches, EventStream stream, WebhookReceiver receiver) {
    ExecutorService workers =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("sidecache-webhook-in-", 0).factory());
    this.events = new EventHandler(caches, stream);
    this.webhooks = new WebhookHandler(receiver, workers);
  }

  void install(@Observes Router router) {
    router.route().order(ApiRoutes.FIRST - 2).handler(webhooks);
    router.route("/v1/events").order(ApiRoutes.FIRST).handler(events);
  }
}
