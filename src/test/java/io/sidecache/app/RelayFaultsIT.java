/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.app.RelayAndLeaf.Read;
import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.FaultProxy.Mode;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A relay and a leaf between which everything breaks in turn, while rows change all the time: a
 * plain hit of the leaf's is never older than its heartbeat timeout.
 */
final class RelayFaultsIT {
  private static final int KEYS = 20;
  private static final RelayAndLeaf BED = new RelayAndLeaf();

  private final Random random = new Random();
  private final List<String> faults = Collections.synchronizedList(new ArrayList<>());
  private final AtomicLong plainHits = new AtomicLong();
  private volatile boolean stopped;
  private volatile String broken = "";

  /** What was committed, for one key: the time after each commit, and the value. */
  private final Map<Integer, NavigableMap<Long, Long>> commits = new TreeMap<>();

  RelayFaultsIT() {
    for (int key = 1; key <= KEYS; key++) {
      commits.put(key, new TreeMap<>(Map.of(System.nanoTime(), 1L)));
    }
  }

  @BeforeAll
  static void start() {
    BED.startLeaf(RelayAndLeaf.OLD);
    BED.startRelay(RelayAndLeaf.OLD);
  }

  @AfterAll
  static void stop() {
    BED.close();
  }

  private NavigableMap<Long, Long> of(int key) {
    return Objects.requireNonNull(commits.get(key));
  }

  private void write(Random dice) {
    int key = 1 + dice.nextInt(KEYS);
    long value = Long.parseLong(BED.change(key));
    long nowNanos = System.nanoTime();
    NavigableMap<Long, Long> of = of(key);
    synchronized (of) {
      of.put(nowNanos, value);
    }
    if (dice.nextInt(40) == 0) {
      // Overflows the relay's queue for the leaf, which holds 50.
      BED.database.execute(
          "select sidecache.invalidate('items', variadic array(select n::text from"
              + " generate_series(1000, 1400) n))");
    }
  }

  /** The oldest value that a plain hit may have whose request began at this time. */
  private long oldest(int key, long beganNanos) {
    NavigableMap<Long, Long> of = of(key);
    synchronized (of) {
      Map.Entry<Long, Long> entry = of.lowerEntry(beganNanos - RelayAndLeaf.LEAF_TIMEOUT.toNanos());
      return entry == null ? 0 : entry.getValue();
    }
  }

  private void read(Random dice) {
    int key = 1 + dice.nextInt(KEYS);
    long beganNanos = System.nanoTime();
    Read read = BED.read("items", key);
    if (read.isPlainHit()) {
      plainHits.incrementAndGet();
      long oldest = oldest(key, beganNanos);
      if (Long.parseLong(read.body()) < oldest) {
        faults.add("key " + key + ": " + read.body() + " < " + oldest + " after " + broken);
      }
    } else if (!read.token().isEmpty()) {
      String value = BED.value(key);
      if (dice.nextInt(4) == 0) {
        LockSupport.parkNanos(dice.nextInt(300_000_000)); // a slow reader fills with what is old
      }
      BED.fill("items", key, read.token(), value);
    }
  }

  private void whileRunning(Thread.Builder threads, List<Thread> started, Runnable step) {
    started.add(
        threads.start(
            () -> {
              while (!stopped) {
                try {
                  step.run();
                } catch (UncheckedIOException | IllegalStateException e) {
                  LockSupport.parkNanos(5_000_000); // what it asks is away
                }
              }
            }));
  }

  private void hold(FaultProxy proxy, Mode mode, long millis) {
    proxy.setMode(mode);
    LockSupport.parkNanos(millis * 1_000_000);
    if (mode == Mode.BLACKHOLE) {
      proxy.setMode(Mode.RESET); // TCP loses nothing from the midst of a stream
    }
    proxy.setMode(Mode.PASS);
  }

  private void freeze(RunningSidecar sidecar, long millis) {
    sidecar.signal("STOP");
    try {
      LockSupport.parkNanos(millis * 1_000_000);
    } finally {
      sidecar.signal("CONT");
    }
  }

  private void breakOne(int kind) {
    // Some are over before anybody takes notice, some last.
    long millis = random.nextBoolean() ? random.nextLong(20, 600) : random.nextLong(1_000, 3_000);
    Mode[] modes = {
      Mode.BLACKHOLE,
      Mode.REFUSE,
      Mode.RESET,
      Mode.STALL_TO_CLIENT,
      Mode.STALL_TO_SERVER,
      Mode.SLOW,
      Mode.CUT
    };
    broken = kind + " for " + millis + " ms";
    switch (kind) {
      case 0 -> {
        BED.relay().kill();
        LockSupport.parkNanos(millis * 1_000_000);
        BED.startRelay(RelayAndLeaf.OLD);
      }
      case 1 -> {
        BED.leaf().kill();
        BED.startLeaf(RelayAndLeaf.OLD);
      }
      case 2 -> freeze(BED.relay(), millis);
      case 3 -> freeze(BED.leaf(), millis);
      case 4 ->
          BED.database.execute(
              "select pg_terminate_backend(pid) from pg_stat_activity"
                  + " where application_name = 'sidecache-listener' and datname = current_database()");
      default -> {
        int mode = kind - 5;
        hold(mode < modes.length ? BED.hooks : BED.postgres, modes[mode % modes.length], millis);
      }
    }
  }

  @Test
  void everythingBreaksInTurn_noPlainHitIsOlderThanTheTimeout() throws InterruptedException {
    long seed = Long.getLong("relay.seed", ThreadLocalRandom.current().nextLong());
    System.out.println("RelayFaultsIT seed " + seed);
    random.setSeed(seed);
    List<Thread> threads = new ArrayList<>();
    whileRunning(
        Thread.ofPlatform().name("writer"),
        threads,
        () -> {
          write(ThreadLocalRandom.current());
          LockSupport.parkNanos(5_000_000);
        });
    for (int i = 0; i < 3; i++) {
      whileRunning(
          Thread.ofPlatform().name("reader-" + i),
          threads,
          () -> read(ThreadLocalRandom.current()));
    }
    List<Integer> kinds = new ArrayList<>();
    for (int kind = 0; kind < 19; kind++) {
      kinds.add(kind);
    }
    try {
      for (int round = 0; round < Integer.getInteger("relay.rounds", 1); round++) {
        Collections.shuffle(kinds, random);
        for (int kind : kinds) {
          long before = plainHits.get();
          await().atMost(RunningSidecar.LIMIT).until(() -> plainHits.get() > before + 20);
          breakOne(kind);
          assertThat(faults).as("seed %d", seed).isEmpty();
        }
      }
      long before = plainHits.get();
      await().atMost(RunningSidecar.LIMIT).until(() -> plainHits.get() > before + 20);
    } finally {
      stopped = true;
      for (Thread thread : threads) {
        thread.join();
      }
    }
    System.out.println("RelayFaultsIT plain hits " + plainHits);
    assertThat(faults).as("seed %d", seed).isEmpty();
  }
}
