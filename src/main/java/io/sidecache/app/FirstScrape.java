/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.quarkus.micrometer.runtime.binder.JVMInfoBinder;
import io.quarkus.runtime.ImageMode;
import io.quarkus.vertx.http.ManagementInterface;
import io.sidecache.cache.Caches;
import io.sidecache.observe.Meters;
import io.sidecache.observe.StreamMeters;
import io.sidecache.observe.WebhookMeters;
import io.sidecache.pipeline.Pipeline;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.webhook.WebhookReceiver;
import io.sidecache.stream.EventStream;
import io.sidecache.webhook.Webhooks;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Registers the meters before the first answer of {@code /q/metrics}. To register some hundred of
 * them takes a part of a start, and nearly all are functions, read when they are scraped: nothing
 * is lost by it but what the JVM's collector did before the first scrape.
 */
@Singleton
class FirstScrape {
  // Fixed when the application is built, as the root path and the exporter's are.
  private static final String METRICS = "/q/metrics*";

  private final MeterRegistry registry;
  private final List<MeterBinder> ours;
  private boolean registered;
  private @Nullable JvmGcMetrics collections;

  @Inject
  FirstScrape(
      MeterRegistry registry,
      InvalidationSource source,
      Pipeline pipeline,
      Caches caches,
      EventStream stream,
      WebhookReceiver receiver,
      Webhooks webhooks,
      Tracing tracing) {
    this.registry = registry;
    // No beans of this type: Quarkus would find them, and register them while it starts.
    this.ours =
        List.of(
            new Meters(source, pipeline, caches),
            new StreamMeters(stream, receiver),
            new WebhookMeters(webhooks),
            new TracingMeters(tracing));
  }

  void install(@Observes ManagementInterface management) {
    // Some milliseconds, which the event loop has to serve others in.
    management.router().route(METRICS).order(Integer.MIN_VALUE).blockingHandler(this::scraped);
  }

  private void scraped(RoutingContext context) {
    register();
    context.next();
  }

  private synchronized void register() {
    if (registered) {
      return;
    }
    ours.forEach(this::register);
    List.of(
            new ClassLoaderMetrics(),
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new JVMInfoBinder(),
            new UptimeMetrics(),
            new ProcessorMetrics(),
            new FileDescriptorMetrics())
        .forEach(this::register);
    if (ImageMode.current() == ImageMode.JVM) {
      JvmGcMetrics listening = new JvmGcMetrics();
      register(listening);
      collections = listening;
    }
    // At the end: after a failure the next scrape begins anew, and what is there already stays.
    registered = true;
  }

  /** They listen to the JVM, which outlives the application where it is started anew. */
  @PreDestroy
  synchronized void forgetCollections() {
    if (collections != null) {
      collections.close();
    }
  }

  private void register(MeterBinder meters) {
    meters.bindTo(registry);
  }
}
