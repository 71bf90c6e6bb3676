/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.pipeline;

import io.sidecache.invalidation.Invalidation.Everything;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceSignal.Changed;
import io.sidecache.source.SourceSignal.GapClosed;
import io.sidecache.source.SourceSignal.GapOpened;
import io.sidecache.source.SourceSignal.Heartbeat;
import io.sidecache.source.SourceSignal.Rejected;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The one way from a source to the sinks: serialises signals and hands each to every sink in turn.
 *
 * <p>There is no thread of its own. A caller that finds the pipeline idle runs it until the queue
 * is empty; a caller that finds it running leaves the signal in the queue and returns. An eviction
 * therefore costs no thread hand-over, and still only one thread at a time applies signals, in
 * order (docs/adr/0003).
 *
 * <p>The queue is bounded. On overflow all queued changes are replaced by one {@link Everything},
 * which is counted: memory stays bounded, the source is never made to wait, and nothing is lost.
 *
 * <p>A sink that throws gets {@link Everything} for the signal that it failed to apply.
 */
public final class Pipeline implements SignalSink {
  private static final Logger LOG = Logger.getLogger(Pipeline.class);

  private final int capacity;
  private final List<InvalidationSink> sinks;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<SourceSignal> queue = new ArrayDeque<>();
  private boolean running;
  private boolean overflowing;

  private final LongAdder overflows = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private volatile long sequence;

  /**
   * @param capacity how many signals may wait, 4 or more
   * @param sinks who is told, in this order: the caches first
   */
  public Pipeline(int capacity, List<InvalidationSink> sinks) {
    if (capacity < 4) {
      throw new IllegalArgumentException("capacity must be at least 4, was " + capacity);
    }
    this.capacity = capacity;
    this.sinks = List.copyOf(sinks);
  }

  /** Applies the signal, or queues it behind the ones that are being applied. Never blocks. */
  @Override
  public void accept(SourceSignal signal) {
    lock.lock();
    try {
      if (running) {
        enqueue(signal);
        return;
      }
      running = true;
    } finally {
      lock.unlock();
    }
    run(signal);
  }

  /** How many signals have been applied; also the newest sequence number. */
  public long applied() {
    return sequence;
  }

  /** How many signals wait now. */
  public int depth() {
    lock.lock();
    try {
      return queue.size();
    } finally {
      lock.unlock();
    }
  }

  /** How often the queue overflowed and was widened to everything. */
  public long overflows() {
    return overflows.sum();
  }

  /** How often a sink failed to apply a signal and was told to forget everything instead. */
  public long failures() {
    return failures.sum();
  }

  private void enqueue(SourceSignal signal) {
    if (queue.size() >= capacity) {
      widen();
    }
    queue.add(signal);
  }

  /**
   * Replaces the queued changes by one that covers them all. It goes to the front: a change that
   * was dropped is visible in the database already, so forgetting earlier than asked is safe, and
   * nothing that stays (a barrier, the end of a gap) may overtake it.
   */
  private void widen() {
    overflows.increment();
    List<SourceSignal> kept = new ArrayList<>();
    for (SourceSignal queued : queue) {
      if (!isChange(queued)) {
        kept.add(queued);
      }
    }
    if (kept.size() > capacity / 2) {
      // Barriers fill the queue. The newest ones cover the older, whose waiters time out.
      kept = kept.subList(kept.size() - capacity / 2, kept.size());
    }
    int dropped = queue.size() - kept.size();
    queue.clear();
    queue.add(new Changed(new Everything(), null));
    queue.addAll(kept);
    if (!overflowing) {
      overflowing = true;
      LOG.warnf(
          "invalidation queue full (capacity %d): %d signals widened to everything; until it has"
              + " drained this is counted, not logged",
          capacity, dropped);
    }
  }

  private static boolean isChange(SourceSignal signal) {
    return switch (signal) {
      case Changed ignored -> true;
      case Rejected ignored -> true;
      case Heartbeat ignored -> false;
      case GapOpened ignored -> false;
      case GapClosed ignored -> false;
    };
  }

  private void run(SourceSignal first) {
    boolean finished = false;
    try {
      for (@Nullable SourceSignal next = first; next != null; next = poll()) {
        apply(next);
      }
      finished = true;
    } finally {
      if (!finished) {
        release();
      }
    }
  }

  /** Takes the next signal, or gives the pipeline free in the same step when there is none. */
  private @Nullable SourceSignal poll() {
    lock.lock();
    try {
      SourceSignal next = queue.poll();
      if (next == null) {
        running = false;
        overflowing = false;
      }
      return next;
    } finally {
      lock.unlock();
    }
  }

  /**
   * An Error passed through: leave the pipeline usable, and cover the signal that it interrupted.
   */
  private void release() {
    lock.lock();
    try {
      queue.addFirst(new Changed(new Everything(), null));
      running = false;
    } finally {
      lock.unlock();
    }
  }

  private void apply(SourceSignal signal) {
    long number = sequence + 1; // not atomic, and need not be: accept lets in one thread at a time
    sequence = number;
    for (InvalidationSink sink : sinks) {
      try {
        sink.apply(number, signal);
      } catch (RuntimeException e) {
        failures.increment();
        LOG.errorf(e, "sink %s failed at signal %d; it forgets everything", name(sink), number);
        forgetEverything(sink, number);
      }
    }
  }

  private void forgetEverything(InvalidationSink sink, long number) {
    try {
      sink.apply(number, new Changed(new Everything(), null));
    } catch (RuntimeException e) {
      failures.increment();
      LOG.errorf(e, "sink %s failed to forget everything at signal %d", name(sink), number);
    }
  }

  private static String name(InvalidationSink sink) {
    return sink.getClass().getName();
  }
}
