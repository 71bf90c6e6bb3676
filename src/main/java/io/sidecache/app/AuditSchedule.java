/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.scheduler.Scheduled;
import io.sidecache.cache.Audit;
import io.sidecache.config.Settings;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** Audits so many entries a minute, one after the other. */
@Singleton
class AuditSchedule {
  private static final int TICKS_PER_MINUTE = 60;

  private final int keysPerMinute;
  private final Audit audit;
  private int credit;

  @Inject
  AuditSchedule(Settings settings, Audit audit) {
    this.keysPerMinute = settings.audit().keysPerMinute();
    this.audit = audit;
  }

  /** On a worker thread. What one tick does not manage in time, the next ones leave out. */
  @Scheduled(every = "1s", concurrentExecution = Scheduled.ConcurrentExecution.SKIP)
  void tick() {
    credit += keysPerMinute;
    for (; credit >= TICKS_PER_MINUTE; credit -= TICKS_PER_MINUTE) {
      audit.sample().toCompletableFuture().join();
    }
  }
}
