/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.annotations.CommandLineArguments;
import io.sidecache.config.Settings;
import io.sidecache.config.SourceKind;
import io.sidecache.pipeline.Pipeline;
import io.sidecache.source.InvalidationSource;
import io.sidecache.stream.EventStream;
import io.sidecache.webhook.Webhooks;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Starts to listen when the application starts, after our schema has been installed where that is
 * wanted, and stops when it stops.
 */
@Singleton
class StartUp {
  private static final Logger LOG = Logger.getLogger(StartUp.class);

  private final Settings settings;
  private final InvalidationSource source;
  private final Pipeline pipeline;
  private final EventStream stream;
  private final Instance<SchemaInstallation> schema;
  private final Webhooks webhooks;
  private final boolean oneShot;
  private @Nullable SchemaInstallation installation;
  private boolean stopped;

  @Inject
  StartUp(
      Settings settings,
      InvalidationSource source,
      Pipeline pipeline,
      EventStream stream,
      Instance<SchemaInstallation> schema,
      Webhooks webhooks,
      @CommandLineArguments String[] arguments) {
    this.settings = settings;
    this.source = source;
    this.pipeline = pipeline;
    this.stream = stream;
    this.schema = schema;
    this.webhooks = webhooks;
    this.oneShot = Main.isOneShot(arguments);
  }

  void start(@Observes StartupEvent event) {
    if (oneShot) {
      return;
    }
    LOG.infof(
        "instance %s, caches: %d, channels: %d",
        settings.instance(), settings.caches().size(), settings.channels().size());
    webhooks.start();
    if (settings.schema().migrate().orElse(false) && settings.source() != SourceKind.WEBHOOK) {
      SchemaInstallation begun = schema.get();
      installation = begun;
      begun.start(this::listen);
    } else {
      listen();
    }
  }

  private synchronized void listen() {
    if (!stopped) {
      source.start(pipeline);
    }
  }

  /** Comes before the HTTP server is closed, after which no stream could end with an event. */
  void stopping(@Observes ShutdownDelayInitiatedEvent event) {
    stream.close();
  }

  void stop(@Observes ShutdownEvent event) {
    synchronized (this) {
      stopped = true;
    }
    SchemaInstallation begun = installation;
    if (begun != null) {
      begun.close();
    }
    source.close();
    stream.close();
    webhooks.close();
  }
}
