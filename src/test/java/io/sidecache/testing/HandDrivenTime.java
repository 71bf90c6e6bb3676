/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * A clock, a timer and an executor that only move when a test says so; one thread, no waiting, the
 * same order each time.
 */
public final class HandDrivenTime implements LongSupplier, Executor {
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::dueNanos).thenComparingLong(Task::order));
  private final Queue<Runnable> work = new ArrayDeque<>();
  private long nowNanos = 1_000_000;
  private long orders;

  private record Task(long dueNanos, long order, Runnable runnable) {}

  @Override
  public long getAsLong() {
    return nowNanos;
  }

  /** Keeps a task until the time has come; the result takes it back. */
  public Runnable schedule(Duration delay, Runnable runnable) {
    Task task = new Task(nowNanos + delay.toNanos(), orders++, runnable);
    tasks.add(task);
    return () -> tasks.remove(task);
  }

  /** Keeps work for {@link #runWork}. */
  @Override
  public void execute(Runnable runnable) {
    work.add(runnable);
  }

  /** Runs all work that has been handed in, and what that hands in. */
  public void runWork() {
    for (Runnable runnable = work.poll(); runnable != null; runnable = work.poll()) {
      runnable.run();
    }
  }

  /** Moves time on and runs what falls due on the way, without the work. */
  public void advance(Duration duration) {
    long endNanos = nowNanos + duration.toNanos();
    for (Task next = tasks.peek();
        next != null && next.dueNanos() <= endNanos;
        next = tasks.peek()) {
      tasks.remove(next);
      nowNanos = Math.max(nowNanos, next.dueNanos());
      next.runnable().run();
    }
    nowNanos = endNanos;
  }

  /** How many tasks wait for their time. */
  public int scheduledTasks() {
    return tasks.size();
  }

  /** How much work waits to be run. */
  public int waitingWork() {
    return work.size();
  }
}
