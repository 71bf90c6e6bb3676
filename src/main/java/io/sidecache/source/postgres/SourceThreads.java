/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;

/**
 * A source's own threads: one that keeps time, and a virtual one for whatever blocks.
 *
 * @param scheduler never runs what blocks
 * @param executor a thread for each task
 */
record SourceThreads(ScheduledThreadPoolExecutor scheduler, ExecutorService executor) {

  /** Makes them; their names begin with this one. */
  static SourceThreads named(String name) {
    ScheduledThreadPoolExecutor scheduler =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name(name + "-timer").daemon().factory());
    scheduler.setRemoveOnCancelPolicy(true);
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    return new SourceThreads(
        scheduler,
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name(name + "-", 0).factory()));
  }

  Timer timer() {
    return Timer.on(scheduler);
  }

  /** No wait: what is running is bounded by its own timeouts and tells nobody any more. */
  void release() {
    scheduler.shutdown();
    executor.shutdown();
  }
}
