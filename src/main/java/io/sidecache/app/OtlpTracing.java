/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.sender.jdk.internal.JdkHttpSenderProvider;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.sidecache.cache.Loader;
import io.sidecache.webhook.PeerClient;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Traces through the OpenTelemetry SDK, posted to a collector by OTLP over HTTP.
 *
 * <p>Up to 2 048 spans wait, for five seconds at most; what comes when that many do is dropped.
 * Whoever ends a span is never made to wait.
 */
final class OtlpTracing implements Tracing {
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration EXPORT = Duration.ofSeconds(10);
  private static final long CLOSE_SECONDS = 2;

  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("sidecache-traces-", 0).factory());
  private final SpanDelivery delivery;
  private final SdkTracerProvider provider;
  private final Tracer tracer;

  /**
   * Starts it.
   *
   * @param samplePercent how many in a hundred of the traces that begin here are kept; whether a
   *     caller's is, the caller has decided
   * @param instance what this sidecar calls itself
   */
  OtlpTracing(URI endpoint, int samplePercent, String instance) {
    this.delivery =
        new SpanDelivery(
            OtlpHttpSpanExporter.builder()
                .setEndpoint(endpoint.toString())
                .setConnectTimeout(CONNECT)
                .setTimeout(EXPORT)
                .setExecutorService(threads)
                .setComponentLoader(new OneSender())
                // The other one reads the insides of strings with sun.misc.Unsafe.
                .setMemoryMode(MemoryMode.IMMUTABLE_DATA)
                .build());
    this.provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.getDefault()
                    .merge(
                        Resource.create(
                            Attributes.of(
                                AttributeKey.stringKey("service.name"),
                                "sidecache",
                                AttributeKey.stringKey("service.instance.id"),
                                instance))))
            .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(samplePercent / 100.0)))
            .addSpanProcessor(BatchSpanProcessor.builder(delivery).build())
            .build();
    this.tracer = provider.get("io.sidecache");
  }

  /** Named, not looked for: a native image has no list of services to look in. */
  private static final class OneSender implements ComponentLoader {
    @Override
    public <T> Iterable<T> load(Class<T> wanted) {
      Object sender = new JdkHttpSenderProvider();
      return wanted.isInstance(sender) ? List.of(wanted.cast(sender)) : List.of();
    }
  }

  @Override
  public Loader traced(String cache, Loader loader) {
    return new TracedLoader(cache, loader, tracer);
  }

  @Override
  public PeerClient traced(String peer, PeerClient client) {
    return new TracedPeerClient(peer, client, tracer);
  }

  @Override
  public @Nullable String traceparent() {
    Map<String, String> fields = new HashMap<>();
    W3CTraceContextPropagator.getInstance()
        .inject(
            Context.current(),
            fields,
            (map, name, value) -> Objects.requireNonNull(map).put(name, value));
    return fields.get("traceparent");
  }

  @Override
  public void follow(Router router) {
    CallersTrace.install(router);
  }

  @Override
  public long delivered() {
    return delivery.delivered();
  }

  @Override
  public long lost() {
    return delivery.lost();
  }

  @Override
  public void close() {
    provider.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
    threads.shutdownNow();
  }
}
