/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.pipeline;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Invalidation.Everything;
import io.sidecache.invalidation.Invalidation.WholeCache;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceSignal.Changed;
import io.sidecache.source.SourceSignal.GapClosed;
import io.sidecache.source.SourceSignal.GapOpened;
import io.sidecache.source.SourceSignal.Heartbeat;
import io.sidecache.source.SourceSignal.Rejected;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
 * <p>The queue is bounded. On overflow all queued changes are replaced by one {@link WholeCache}
 * for each cache that they name, or by one {@link Everything} where an everything was among them or
 * the caches are too many. That is counted and logged: memory stays bounded, the source is never
 * made to wait, and nothing is lost. Nor need anything be read again: the caches concerned are
 * emptied, and what follows is in the queue (docs/adr/0012).
 *
 * <p>A sink that throws gets {@link Everything} for the signal that it failed to apply.
 */
public final class Pipeline implements SignalSink {
  private static final Logger LOG = Logger.getLogger(Pipeline.class);

  private static final Everything EVERYTHING = new Everything();

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

  /** How often the queue overflowed and was widened to whole caches. */
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
   * Replaces the queued changes by few that cover them all. These go to the front: a change that
   * was dropped is visible in the database already, so forgetting earlier than asked is safe, and
   * nothing that stays (a barrier, the end of a gap) may overtake it.
   */
  private void widen() {
    overflows.increment();
    Set<Invalidation> covering = new LinkedHashSet<>();
    List<SourceSignal> kept = new ArrayList<>();
    for (SourceSignal queued : queue) {
      covering(queued).ifPresentOrElse(covering::add, () -> kept.add(queued));
    }
    // Where barriers fill the queue, the newest cover the older, whose waiters time out.
    List<SourceSignal> newest = kept.subList(Math.max(0, kept.size() - capacity / 2), kept.size());
    int dropped = queue.size() - newest.size();
    queue.clear();
    if (newest.size() < kept.size()
        || covering.contains(EVERYTHING)
        || covering.size() > Math.max(1, capacity / 4)) {
      covering.clear();
      covering.add(EVERYTHING);
    }
    covering.forEach(invalidation -> queue.add(new Changed(invalidation, null)));
    queue.addAll(newest);
    if (!overflowing) {
      overflowing = true;
      LOG.warnf(
          "invalidation queue full (capacity %d): %d signals widened to %s; until it has drained"
              + " this is counted, not logged",
          capacity,
          dropped,
          covering.contains(EVERYTHING) ? "everything" : covering.size() + " whole cache(s)");
    }
  }

  /** What covers a change and all others of its cache; empty where the signal is no change. */
  private static Optional<Invalidation> covering(SourceSignal signal) {
    return switch (signal) {
      case Changed changed -> Optional.of(covering(changed.invalidation()));
      case Rejected rejected -> Optional.of(new WholeCache(rejected.cache()));
      case Heartbeat ignored -> Optional.empty();
      case GapOpened ignored -> Optional.empty();
      case GapClosed ignored -> Optional.empty();
    };
  }

  private static Invalidation covering(Invalidation invalidation) {
    return switch (invalidation) {
      case Invalidation.Key key -> new WholeCache(key.cache());
      case Invalidation.Tag tag -> new WholeCache(tag.cache());
      case WholeCache whole -> whole;
      case Everything everything -> everything;
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
      queue.addFirst(new Changed(EVERYTHING, null));
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
      sink.apply(number, new Changed(EVERYTHING, null));
    } catch (RuntimeException e) {
      failures.increment();
      LOG.errorf(e, "sink %s failed to forget everything at signal %d", name(sink), number);
    }
  }

  private static String name(InvalidationSink sink) {
    return sink.getClass().getName();
  }
}
