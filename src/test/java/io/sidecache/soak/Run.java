/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One run: the threads that write, fill, read and ask for barriers, until it is stopped. */
final class Run {
  private static final long JOIN_MILLIS = 60_000;

  final Bed bed;
  final Oracle oracle = new Oracle();

  private final Load load;
  private final SplittableRandom random;
  private final List<KeyHistory> keys = new ArrayList<>();
  private final Map<KeyHistory, byte[]> requests = new HashMap<>();
  private final ArrayBlockingQueue<Filler.Job> fills = new ArrayBlockingQueue<>(32);
  private final ArrayBlockingQueue<PositionReader.Job> positions = new ArrayBlockingQueue<>(64);
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean on = true;
  private volatile boolean writing = true;
  private volatile @Nullable Throwable failure;

  /**
   * How much is done at once.
   *
   * @param pauseMillis the longest pause of a writer between two transactions
   * @param subjects whose keys are read and, but for bulks, written
   */
  record Load(int readers, int writers, int fillers, int pauseMillis, List<Subject> subjects) {
    static final Load USUAL = new Load(3, 6, 12, 40, List.of(Subject.values()));
  }

  Run(Bed bed, long seed, Load load) {
    this.bed = bed;
    this.load = load;
    this.random = new SplittableRandom(seed);
    for (Subject subject : load.subjects) {
      for (int key = 1; key <= subject.keys; key++) {
        KeyHistory history = oracle.history(subject, key);
        keys.add(history);
        requests.put(history, subject.get(key));
      }
    }
  }

  void start() {
    for (int i = 0; i < load.writers; i++) {
      start("writer", new Writer(this, random.split(), load.pauseMillis));
    }
    for (int i = 0; i < load.fillers; i++) {
      start("filler", new Filler(this, random.split()));
    }
    for (int i = 0; i < load.readers; i++) {
      start("reader", new Reader(this, random.split()));
    }
    start("position", new PositionReader(this));
    start("barriers", this::askForBarriers);
  }

  private void start(String name, Runnable work) {
    Runnable watched =
        () -> {
          try {
            work.run();
          } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
          }
        };
    threads.add(Thread.ofPlatform().name("soak-" + name).daemon().start(watched));
  }

  /**
   * Whether all threads do their work.
   *
   * @throws IllegalStateException where one has failed, or the sidecar has ended
   */
  void requireWhole() {
    Throwable cause = failure;
    if (cause != null) {
      throw new IllegalStateException("a thread of the soak has failed", cause);
    }
    if (!bed.sidecar.isAlive()) {
      throw new IllegalStateException("the sidecar has ended by itself");
    }
  }

  boolean isOn() {
    return on;
  }

  boolean isWriting() {
    return writing;
  }

  KeyHistory anyKey(RandomGenerator chance) {
    return keys.get(chance.nextInt(keys.size()));
  }

  byte[] get(KeyHistory history) {
    byte[] request = requests.get(history);
    if (request == null) {
      throw new IllegalArgumentException("not a key of this run: " + history.subject.title());
    }
    return request;
  }

  List<KeyHistory> keys() {
    return keys;
  }

  /** Hands a miss to the fillers; who comes while they are busy is forgotten. */
  void toFill(Filler.Job job) {
    if (!fills.offer(job)) {
      oracle.tally.count("fills that found all fillers busy");
    }
  }

  Filler.@Nullable Job nextFill() throws InterruptedException {
    return fills.poll(50, TimeUnit.MILLISECONDS);
  }

  /** Hands a commit to the reader of positions; while it is busy others are forgotten. */
  void toReadAfter(PositionReader.Job job) {
    if (!positions.offer(job)) {
      oracle.tally.count("positions that found their reader busy");
    }
  }

  PositionReader.@Nullable Job nextPosition() throws InterruptedException {
    return positions.poll(50, TimeUnit.MILLISECONDS);
  }

  private void askForBarriers() {
    while (on) {
      try (HttpPipe pipe = bed.sidecar.connect()) {
        while (on) {
          long nanos = System.nanoTime();
          if (SidecarProcess.barrier(pipe)) {
            oracle.applied(nanos);
            oracle.tally.count("barriers that came back");
          } else {
            oracle.tally.count("barriers refused");
          }
          LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
      } catch (IOException e) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  /** Lets the writers come to their end, while all else goes on. */
  void stopWriting() {
    writing = false;
    join("soak-writer");
  }

  /** Ends all threads. */
  void stop() {
    stopWriting();
    on = false;
    join("soak-");
  }

  private void join(String start) {
    for (Thread thread : threads) {
      if (thread.getName().startsWith(start)) {
        try {
          thread.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
        if (thread.isAlive()) {
          throw new IllegalStateException(thread.getName() + " does not end");
        }
      }
    }
  }
}
