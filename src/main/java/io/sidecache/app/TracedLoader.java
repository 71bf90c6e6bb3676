/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.sidecache.cache.Loader;
import io.sidecache.cache.Value;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/**
 * A loader that tells of each load by a span: of which cache, and how it ended. Never the key, nor
 * what the database said, which may quote it. The span continues the caller's trace where a request
 * asks for the load on its own event loop, and begins one otherwise.
 */
final class TracedLoader implements Loader {
  private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("db.system.name");
  private static final AttributeKey<String> CACHE = AttributeKey.stringKey("sidecache.cache");
  private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("sidecache.outcome");

  private final String cache;
  private final Loader loader;
  private final Tracer tracer;

  TracedLoader(String cache, Loader loader, Tracer tracer) {
    this.cache = cache;
    this.loader = loader;
    this.tracer = tracer;
  }

  @Override
  public CompletionStage<Optional<Value>> load(String key) {
    Span span =
        tracer
            .spanBuilder("sidecache load")
            .setSpanKind(SpanKind.CLIENT)
            .setParent(CallersTrace.current())
            .setAttribute(SYSTEM, "postgresql")
            .setAttribute(CACHE, cache)
            .startSpan();
    CompletionStage<Optional<Value>> load = loader.load(key);
    load.whenComplete(
        (value, failure) -> {
          if (failure == null) {
            span.setAttribute(OUTCOME, value.isPresent() ? "found" : "absent");
          } else {
            span.setStatus(StatusCode.ERROR);
            span.setAttribute(OUTCOME, word(reason(failure)));
          }
          span.end();
        });
    return load;
  }

  private static String word(Reason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static Reason reason(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof LoadException load ? load.reason() : Reason.FAILED;
  }

  @Override
  public boolean isIdle() {
    return loader.isIdle();
  }

  @Override
  public boolean hasRoomToSpare() {
    return loader.hasRoomToSpare();
  }

  @Override
  public Optional<String> spelled(String key) {
    return loader.spelled(key);
  }
}
