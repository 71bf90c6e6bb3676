/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs short tasks later, one at a time. */
@FunctionalInterface
interface Timer {
  /** Runs the task once after the delay, unless it is cancelled before. */
  Cancellable schedule(Duration delay, Runnable task);

  /** A task that has been scheduled. */
  @FunctionalInterface
  interface Cancellable {
    /** Keeps the task from starting. Does nothing where it has started. */
    void cancel();
  }

  /** A timer on a scheduler of the JDK's. */
  static Timer on(ScheduledExecutorService scheduler) {
    return (delay, task) -> {
      Future<?> scheduled = scheduler.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
      return () -> scheduled.cancel(false);
    };
  }
}
