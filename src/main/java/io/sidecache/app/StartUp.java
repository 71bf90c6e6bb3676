/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.sidecache.config.Settings;
import io.sidecache.pipeline.Pipeline;
import io.sidecache.source.InvalidationSource;
import io.sidecache.stream.EventStream;
import io.sidecache.webhook.Webhooks;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** Starts to listen when the application starts, and stops when it stops. */
@Singleton
class StartUp {
  private static final Logger LOG = Logger.getLogger(StartUp.class);

  private final Settings settings;
  private final InvalidationSource source;
  private final Pipeline pipeline;
  private final EventStream stream;
  private final Webhooks webhooks;

  @Inject
  StartUp(
      Settings settings,
      InvalidationSource source,
      Pipeline pipeline,
      EventStream stream,
      Webhooks webhooks) {
    this.settings = settings;
    this.source = source;
    this.pipeline = pipeline;
    this.stream = stream;
    this.webhooks = webhooks;
  }

  void start(@Observes StartupEvent event) {
    LOG.infof(
        "instance %s, caches: %d, channels: %d",
        settings.instance(), settings.caches().size(), settings.channels().size());
    if (settings.schema().migrate().orElse(false)) {
      LOG.warn(
          "schema.migrate has no effect in this version: run db/sidecache/V1__sidecache.sql by hand");
    }
    if (settings.caches().values().stream()
        .anyMatch(c -> c.staleWhileRevalidate().isPresent() || c.staleIfError().isPresent())) {
      LOG.warn("stale-while-revalidate and stale-if-error have no effect in this version");
    }
    webhooks.start();
    source.start(pipeline);
  }

  void stop(@Observes ShutdownEvent event) {
    source.close();
    stream.close();
    webhooks.close();
  }
}
