/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.annotations.CommandLineArguments;
import io.quarkus.scheduler.Scheduled;
import io.quarkus.scheduler.Scheduler;
import io.sidecache.config.Settings;
import io.sidecache.config.SourceKind;
import io.sidecache.source.webhook.WebhookSource;
import io.sidecache.stream.EventStream;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** What has to be done every few seconds for the live stream and for a source of webhooks. */
@Singleton
class Beats {
  private final EventStream stream;

  @Inject
  Beats(EventStream stream) {
    this.stream = stream;
  }

  @Scheduled(every = "15s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  void beat() {
    stream.beat();
  }

  void start(
      @Observes StartupEvent event,
      Settings settings,
      Scheduler scheduler,
      Instance<WebhookSource> source,
      @CommandLineArguments String[] arguments) {
    if (settings.source() == SourceKind.WEBHOOK && !Main.isOneShot(arguments)) {
      WebhookSource webhooks = source.get();
      scheduler
          .newJob("webhook-source")
          .setInterval("1s")
          .setConcurrentExecution(Scheduled.ConcurrentExecution.SKIP)
          .setTask(execution -> webhooks.tick())
          .schedule();
    }
  }
}
