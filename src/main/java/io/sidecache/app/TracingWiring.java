/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.sidecache.config.Settings;
import io.sidecache.config.TracingSettings;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.function.ToDoubleFunction;

/** Makes the traces from the settings: none, unless there is somewhere to post them to. */
@Singleton
class TracingWiring {
  @Produces
  @Singleton
  Tracing tracing(Settings settings) {
    TracingSettings tracing = settings.tracing();
    return tracing.endpoint().isPresent()
        ? new OtlpTracing(tracing.endpoint().get(), tracing.samplePercent(), settings.instance())
        : new Tracing.Off();
  }

  /** Behind everything that ends with a span: nothing loads or tells peers any more. */
  void end(@Disposes Tracing tracing) {
    tracing.close();
  }

  void install(@Observes Router router, Tracing tracing) {
    tracing.follow(router);
  }

  @Produces
  @Singleton
  MeterBinder spanMeters(Tracing tracing) {
    return registry -> {
      if (!(tracing instanceof Tracing.Off)) {
        count(registry, tracing, "delivered", Tracing::delivered);
        count(registry, tracing, "lost", Tracing::lost);
      }
    };
  }

  private static void count(
      MeterRegistry registry, Tracing tracing, String result, ToDoubleFunction<Tracing> figure) {
    FunctionCounter.builder("sidecache.tracing.spans", tracing, figure)
        .description("Spans of loads and webhooks, by whether the collector took them")
        .tag("result", result)
        .register(registry);
  }
}
