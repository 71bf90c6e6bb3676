/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.config.Settings;
import io.sidecache.config.TracingSettings;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

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
}
