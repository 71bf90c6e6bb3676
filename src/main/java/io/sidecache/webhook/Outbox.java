/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one peer: at most one reset, and the evictions behind it. A reset takes the place
 * of all that waited before it, so it always comes first.
 *
 * <p>Bounded by number and by bytes; on overflow all is dropped and one reset put there, which is
 * counted. Putting in takes a few steps under the lock, whatever the peer does. One thread takes
 * out.
 *
 * <p>From the start, and while a gap is open, a reset that becomes due is held until the gap is
 * closed: what happens until then is covered by it, too, so one reset is enough.
 */
final class Outbox {
  /** For the names of all evictions that wait. */
  static final long MOST_BYTES = 32L << 20;

  private final PeerSettings.Batching batching;
  private final int capacity;
  private final LongSupplier nanoClock;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Batch> replays = new ArrayDeque<>();
  private ArrayDeque<Told> events = new ArrayDeque<>();
  private long bytes;
  private long waitingSinceNanos;
  private @Nullable Beat beat;
  private int aheadOfBeat;
  private boolean resetWaits;
  private boolean gapOpen = true;
  private boolean resetDue = true;
  private boolean intakeStopped;
  private boolean cut;
  private boolean shut;

  private long covered;
  private long overflows;
  private long discarded;

  /** What to send next. */
  sealed interface Work {
    /** Evictions, in order. */
    record Evictions(List<Told> events) implements Work {}

    /** A reset. */
    record Reset() implements Work {}

    /** A heartbeat. */
    record Heartbeat(Beat beat) implements Work {}

    /** A message that was given up before. */
    record Replay(Batch batch) implements Work {}
  }

  /**
   * What became of the evictions that were put in and are not delivered.
   *
   * @param waiting wait
   * @param covered were dropped, and a reset stands for them
   * @param overflows how often the queue was full
   * @param discarded were dropped because the peer has gone
   */
  record Figures(int waiting, long covered, long overflows, long discarded) {}

  Outbox(PeerSettings.Batching batching, int capacity, LongSupplier nanoClock) {
    this.batching = batching;
    this.capacity = capacity;
    this.nanoClock = nanoClock;
  }

  void put(Told told) {
    lock.lock();
    try {
      if (shut || intakeStopped) {
        discarded++;
        return;
      }
      if (resetDue) {
        covered++;
        return;
      }
      if (events.size() >= capacity || bytes + told.mostBytes() > MOST_BYTES) {
        overflows++;
        putReset();
      }
      if (events.isEmpty()) {
        waitingSinceNanos = nanoClock.getAsLong();
      }
      events.add(told);
      bytes += told.mostBytes();
      if (events.size() == 1 || events.size() == batching.mostEvents()) {
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * Puts in a heartbeat, in place of one that waits. It is taken out once all has been that was put
   * in before it; what is put in later may go ahead of it, too.
   *
   * @return whether it was; not while a gap is open, nor at the end
   */
  boolean putBeat(Beat put) {
    lock.lock();
    try {
      if (shut || intakeStopped || gapOpen) {
        return false;
      }
      beat = put;
      aheadOfBeat = events.size();
      changed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Everything was forgotten, or a cache was emptied for want of knowledge. */
  void widened() {
    lock.lock();
    try {
      if (gapOpen) {
        resetDue = true;
      } else {
        putReset();
      }
    } finally {
      lock.unlock();
    }
  }

  void gapOpened() {
    lock.lock();
    try {
      gapOpen = true;
    } finally {
      lock.unlock();
    }
  }

  boolean isGapOpen() {
    lock.lock();
    try {
      return gapOpen;
    } finally {
      lock.unlock();
    }
  }

  void gapClosed() {
    lock.lock();
    try {
      gapOpen = false;
      if (resetDue) {
        resetDue = false;
        putReset();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock. */
  private void putReset() {
    if (shut) {
      return;
    }
    covered += events.size();
    events = new ArrayDeque<>();
    bytes = 0;
    aheadOfBeat = 0;
    resetWaits = true;
    changed.signalAll();
  }

  /** Takes the next work; waits for it. Empty once there will be no more. */
  Optional<Work> take() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!cut && !shut) {
        if (resetWaits) {
          resetWaits = false;
          return Optional.of(new Work.Reset());
        }
        if (!replays.isEmpty()) {
          return Optional.of(new Work.Replay(replays.remove()));
        }
        Beat next = beat;
        if (next != null && aheadOfBeat <= 0) {
          beat = null;
          return Optional.of(new Work.Heartbeat(next));
        }
        long lingerNanos = lingerNanos();
        if (!events.isEmpty() && lingerNanos <= 0) {
          return Optional.of(new Work.Evictions(takeBatch()));
        }
        if (!events.isEmpty()) {
          changed.awaitNanos(lingerNanos);
        } else if (intakeStopped) {
          return Optional.empty();
        } else {
          changed.await();
        }
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** Under the lock: how much longer the first eviction waits for others. */
  private long lingerNanos() {
    if (events.size() >= batching.mostEvents() || bytes >= batching.mostBytes() || intakeStopped) {
      return 0;
    }
    return batching.linger().toNanos() - (nanoClock.getAsLong() - waitingSinceNanos);
  }

  /** Under the lock. What stays has waited long enough. */
  private List<Told> takeBatch() {
    List<Told> batch = new ArrayList<>(Math.min(events.size(), batching.mostEvents()));
    int batchBytes = 2;
    for (Told next = events.peek(); next != null; next = events.peek()) {
      batchBytes += next.mostBytes();
      if (batch.size() == batching.mostEvents()
          || (!batch.isEmpty() && batchBytes > batching.mostBytes())) {
        break;
      }
      batch.add(events.remove());
      bytes -= next.mostBytes();
    }
    aheadOfBeat -= batch.size();
    return batch;
  }

  /**
   * Takes note that a message of so many evictions is not sent any more: where a reset waits, that
   * stands for them.
   *
   * @return false, and nothing changed, where no reset waits
   */
  boolean coverByWaitingReset(int count) {
    lock.lock();
    try {
      if (resetWaits) {
        covered += count;
      }
      return resetWaits;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes out a reset that waits: the one that is about to be sent stands for it, too.
   *
   * @return whether there was one
   */
  boolean absorbReset() {
    lock.lock();
    try {
      boolean waited = resetWaits;
      resetWaits = false;
      return waited;
    } finally {
      lock.unlock();
    }
  }

  /** Puts a reset in place of a message that was given up, and of all that waits. */
  void cover(int count) {
    lock.lock();
    try {
      covered += count;
      putReset();
    } finally {
      lock.unlock();
    }
  }

  /** Takes messages that were given up before. */
  void replay(List<Batch> batches) {
    lock.lock();
    try {
      replays.addAll(batches);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits before another attempt.
   *
   * @return whether to go on; false once {@link #cut}
   */
  boolean pause(Duration length) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      for (long left = length.toNanos(); left > 0 && !cut; ) {
        left = changed.awaitNanos(left);
      }
      return !cut;
    } finally {
      lock.unlock();
    }
  }

  /** From here on nothing is put in; what waits is taken out without lingering. */
  void stopIntake() {
    lock.lock();
    try {
      intakeStopped = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Ends all waiting; nothing more is taken out. */
  void cut() {
    lock.lock();
    try {
      cut = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The peer wants nothing more: drops all that waits, and all to come. */
  void shut(int unsent) {
    lock.lock();
    try {
      shut = true;
      discarded += unsent + events.size();
      events = new ArrayDeque<>();
      bytes = 0;
      resetWaits = false;
      beat = null;
      replays.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  Figures figures() {
    lock.lock();
    try {
      return new Figures(events.size(), covered, overflows, discarded);
    } finally {
      lock.unlock();
    }
  }

  /** Whether a reset is due or waits. */
  boolean owesReset() {
    lock.lock();
    try {
      return resetWaits || resetDue;
    } finally {
      lock.unlock();
    }
  }
}
