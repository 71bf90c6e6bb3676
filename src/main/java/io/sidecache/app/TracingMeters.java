/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.function.ToDoubleFunction;

/** The meters of the spans, where there are any. */
final class TracingMeters implements MeterBinder {
  private final Tracing tracing;

  TracingMeters(Tracing tracing) {
    this.tracing = tracing;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    if (!(tracing instanceof Tracing.Off)) {
      count(registry, "delivered", Tracing::delivered);
      count(registry, "lost", Tracing::lost);
    }
  }

  private void count(MeterRegistry registry, String result, ToDoubleFunction<Tracing> figure) {
    FunctionCounter.builder("sidecache.tracing.spans", tracing, figure)
        .description("Spans of loads and webhooks, by whether the collector took them")
        .tag("result", result)
        .register(registry);
  }
}
