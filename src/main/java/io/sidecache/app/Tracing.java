/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.cache.Loader;
import io.sidecache.webhook.PeerClient;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/**
 * Whether what takes time outside of this process, loads and webhooks, is told of by traces.
 *
 * <p>{@link Off} hands back what it is given, so that nothing of traces is in the way of anything;
 * the library is not even loaded then (docs/adr/0033).
 */
sealed interface Tracing extends AutoCloseable permits Tracing.Off, OtlpTracing {

  /** A loader that begins a span with each load. */
  Loader traced(String cache, Loader loader);

  /** A client that begins a span with each attempt. */
  PeerClient traced(String peer, PeerClient client);

  /** What tells a peer which span a request belongs to (W3C Trace Context); null for none. */
  @Nullable String traceparent();

  /** Takes note of the traces that requests belong to. */
  void follow(Router router);

  /** Spans that were delivered. */
  long delivered();

  /** Spans that could not be delivered. */
  long lost();

  /** Delivers what waits, for two seconds at most. */
  @Override
  void close();

  /** No traces. */
  record Off() implements Tracing {
    @Override
    public Loader traced(String cache, Loader loader) {
      return loader;
    }

    @Override
    public PeerClient traced(String peer, PeerClient client) {
      return client;
    }

    @Override
    public @Nullable String traceparent() {
      return null;
    }

    @Override
    public void follow(Router router) {}

    @Override
    public long delivered() {
      return 0;
    }

    @Override
    public long lost() {
      return 0;
    }

    @Override
    public void close() {}
  }
}
