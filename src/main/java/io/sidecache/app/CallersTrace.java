/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.smallrye.common.vertx.ContextLocals;
import io.smallrye.common.vertx.VertxContext;
import io.vertx.core.MultiMap;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * The trace that a request belongs to by its {@code traceparent} (W3C Trace Context), kept with the
 * request's own Vert.x context, where a load that the request causes finds it.
 */
final class CallersTrace {
  private static final String LOCAL = CallersTrace.class.getName();

  /** Before all routes of ours; it only takes a note. */
  private static final int FIRST = Integer.MIN_VALUE;

  private CallersTrace() {}

  private static final class Fields implements TextMapGetter<MultiMap> {
    @Override
    public Iterable<String> keys(MultiMap fields) {
      return fields.names();
    }

    @Override
    public @Nullable String get(@Nullable MultiMap fields, String name) {
      return fields == null ? null : fields.get(name);
    }
  }

  static void install(Router router) {
    Fields fields = new Fields();
    // Of no path: to compare paths, the router would refuse those that it cannot decode.
    router.route().order(FIRST).handler(context -> note(context, fields));
  }

  private static void note(RoutingContext request, Fields fields) {
    MultiMap received = request.request().headers();
    if (received.contains("traceparent") && VertxContext.isOnDuplicatedContext()) {
      Context caller =
          W3CTraceContextPropagator.getInstance().extract(Context.root(), received, fields);
      if (Span.fromContext(caller).getSpanContext().isValid()) {
        ContextLocals.put(LOCAL, caller);
      }
    }
    request.next();
  }

  /**
   * The trace of the request that the calling thread works for; an empty one where there is none.
   */
  static Context current() {
    return VertxContext.isOnDuplicatedContext()
        ? ContextLocals.<Context>get(LOCAL).orElseGet(Context::root)
        : Context.root();
  }
}
