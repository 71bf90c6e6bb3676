/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.sidecache.cache.Caches;
import io.sidecache.source.InvalidationSource;
import io.sidecache.webhook.Peer;
import io.sidecache.webhook.Webhooks;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Tells of the caches and of the peers: settings and figures, and what was given up. Behind the
 * guard and the entries.
 */
@Singleton
@RegisterForReflection(ignoreNested = false)
class FigureRoutes {
  private static final Logger LOG = Logger.getLogger(FigureRoutes.class);
  private static final List<String> READING = List.of("GET", "HEAD");
  private static final List<String> ACTING = List.of("POST");

  private final Caches caches;
  private final InvalidationSource source;
  private final Webhooks webhooks;

  /** Made when it is asked for: that takes longer than all else here. */
  private final Instance<ObjectMapper> json;

  @Inject
  FigureRoutes(
      Caches caches, InvalidationSource source, Webhooks webhooks, Instance<ObjectMapper> json) {
    this.caches = caches;
    this.source = source;
    this.webhooks = webhooks;
    this.json = json;
  }

  void install(@Observes Router router) {
    router.route("/v1/caches").handler(context -> read(context, this::caches));
    router.route("/v1/caches/:cache").handler(context -> read(context, this::cache));
    router.route("/v1/webhooks").handler(context -> read(context, this::peers));
    router
        .route("/v1/webhooks/:peer/dead-letters")
        .handler(context -> read(context, this::deadLetters));
    router
        .route("/v1/webhooks/:peer/replay")
        .handler(context -> answer(context, ACTING, 202, this::replay));
  }

  private interface Reading {
    Object read(RoutingContext context);
  }

  private void read(RoutingContext context, Reading reading) {
    answer(context, READING, 200, reading);
  }

  /** The mapper's first use alone would keep hits waiting, so JSON is made elsewhere. */
  private void answer(RoutingContext context, List<String> methods, int status, Reading reading) {
    HttpServerRequest request = context.request();
    if (!methods.contains(request.method().name())) {
      Responses.notAllowed(request, String.join(", ", methods), null);
      return;
    }
    context
        .vertx()
        .executeBlocking(() -> json.get().writeValueAsBytes(reading.read(context)), false)
        .onSuccess(content -> Responses.json(request, status, Buffer.buffer(content)))
        .onFailure(failure -> failed(request, failure));
  }

  private static void failed(HttpServerRequest request, Throwable failure) {
    if (!(failure instanceof ProblemException)) {
      LOG.error("a request for figures failed in an unforeseen way", failure);
    }
    Responses.problem(request, Problem.of(failure), null);
  }

  private CacheList caches(RoutingContext context) {
    boolean fresh = caches.freshness().isFresh();
    return new CacheList(
        caches.all().stream().map(cache -> CacheView.of(cache, fresh)).toList(),
        SourceView.of(source.status()));
  }

  private CacheView cache(RoutingContext context) {
    return caches
        .find(context.pathParam("cache"))
        .map(cache -> CacheView.of(cache, caches.freshness().isFresh()))
        .orElseThrow(() -> new ProblemException(Problem.unknownCache()));
  }

  private PeerList peers(RoutingContext context) {
    return new PeerList(webhooks.peers().stream().map(PeerView::of).toList());
  }

  private DeadLetterList deadLetters(RoutingContext context) {
    return new DeadLetterList(
        peer(context).deadLetters().stream().map(PeerView.Letter::of).toList());
  }

  private Replayed replay(RoutingContext context) {
    Peer peer = peer(context);
    if (peer.isDisabled()) {
      throw new ProblemException(Problem.peerDisabled());
    }
    return new Replayed(peer.replay());
  }

  private Peer peer(RoutingContext context) {
    return webhooks
        .find(context.pathParam("peer"))
        .orElseThrow(() -> new ProblemException(Problem.unknownPeer()));
  }

  /** All caches, sorted by name, and where their invalidations come from. */
  record CacheList(List<CacheView> caches, SourceView source) {}

  /** All peers, sorted by name. */
  record PeerList(List<PeerView> webhooks) {}

  /** What was given up, oldest first. */
  record DeadLetterList(List<PeerView.Letter> deadLetters) {}

  /** How many messages are sent once more. */
  record Replayed(int replayed) {}
}
