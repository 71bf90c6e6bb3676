/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.bench.Measured.Kind;
import io.sidecache.soak.Answer;
import io.sidecache.soak.HttpPipe;
import io.sidecache.soak.KeyHistory;
import io.sidecache.soak.Oracle;
import io.sidecache.soak.Subject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * Far more than the application or its database can answer, over many connections, by clients that
 * do not heed {@code Retry-After}, from {@link #start} to {@link #close}.
 *
 * <p>While each load takes {@link #EACH_LOAD}, the database answers 64 of them a second; the
 * missing ask for some thousands. Others pipeline hits as fast as they are answered, and still
 * others invalidate. Every answer about an entry is judged.
 */
final class Flood implements AutoCloseable {
  private static final Duration EACH_LOAD = Duration.ofMillis(250);
  private static final int MISSING = 1_500;
  private static final int HITTING = 48;
  private static final int INVALIDATING = 400;
  private static final int AT_ONCE = 16;
  private static final Duration AFTER_REFUSAL = Duration.ofMillis(100);

  private final LoadBed bed;
  private final List<Thread> threads = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(2);
  private final Map<Kind, LongAdder> answers = new ConcurrentHashMap<>();
  private final LongAdder unexplained = new LongAdder();
  private final LongAdder lost = new LongAdder();
  private volatile boolean on = true;

  private Flood(LoadBed bed) {
    this.bed = bed;
  }

  static Flood start(LoadBed bed) {
    Flood flood = new Flood(bed);
    bed.slow(EACH_LOAD);
    flood.start(MISSING, flood::miss);
    flood.start(HITTING, flood::hit);
    flood.start(INVALIDATING, flood::invalidate);
    return flood;
  }

  /** What one connection does, again and again. */
  private interface Client {
    void ask(HttpPipe pipe, RandomGenerator random) throws IOException;
  }

  private void start(int connections, Client client) {
    for (int i = 0; i < connections; i++) {
      SplittableRandom own = random.split();
      threads.add(Thread.ofVirtual().start(() -> run(client, own)));
    }
  }

  private void run(Client client, RandomGenerator own) {
    while (on) {
      try (HttpPipe pipe = bed.pipe()) {
        while (on) {
          client.ask(pipe, own);
        }
      } catch (IOException e) {
        lost.increment();
        LockSupport.parkNanos(AFTER_REFUSAL.toNanos());
      }
    }
  }

  /** Rows that nobody has in memory. */
  private void miss(HttpPipe pipe, RandomGenerator own) throws IOException {
    if (read(pipe, Subject.ROWS, own.nextInt(LoadBed.READ_KEYS + 1, LoadBed.KEYS + 1), 1)
        == Kind.REFUSED) {
      LockSupport.parkNanos(AFTER_REFUSAL.toNanos());
    }
  }

  private void hit(HttpPipe pipe, RandomGenerator own) throws IOException {
    read(pipe, Subject.ROWS, own.nextInt(1, LoadBed.READ_KEYS + 1), AT_ONCE);
  }

  private Kind read(HttpPipe pipe, Subject subject, int key, int atOnce) throws IOException {
    KeyHistory history = bed.oracle.history(subject, key);
    Oracle.Duty duty = bed.oracle.duty(history, KeyHistory.NONE);
    byte[] get = subject.get(key);
    byte[] gets = new byte[get.length * atOnce];
    for (int i = 0; i < atOnce; i++) {
      System.arraycopy(get, 0, gets, i * get.length, get.length);
    }
    pipe.send(gets, gets.length);
    Kind last = Kind.REFUSED;
    for (int i = 0; i < atOnce; i++) {
      Answer answer = pipe.receive();
      bed.oracle.judge(duty, answer);
      last = Traffic.kind(answer);
      answered(last);
    }
    return last;
  }

  private void invalidate(HttpPipe pipe, RandomGenerator own) throws IOException {
    byte[] delete =
        ("DELETE "
                + Subject.ASIDE.path(own.nextInt(LoadBed.READ_KEYS))
                + " HTTP/1.1\r\nHost: sidecar\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    pipe.send(delete, delete.length);
    Answer answer = pipe.receive();
    if (answer.status() == 204) {
      answered(Kind.INVALIDATION);
    } else if (answer.status() == 503 && answer.retryAfter()) {
      answered(Kind.REFUSED);
      LockSupport.parkNanos(AFTER_REFUSAL.toNanos());
    } else {
      unexplained.increment();
    }
  }

  private void answered(Kind kind) {
    answers.computeIfAbsent(kind, k -> new LongAdder()).increment();
  }

  long count(Kind kind) {
    LongAdder count = answers.get(kind);
    return count == null ? 0 : count.sum();
  }

  /** Invalidations with an answer that has no business there. */
  long unexplained() {
    return unexplained.sum();
  }

  /** Connections that were ended under a client. */
  long lost() {
    return lost.sum();
  }

  /** The database is as fast as before, and nobody asks for more than it can answer. */
  @Override
  public void close() {
    bed.slow(Duration.ZERO);
    on = false;
    threads.forEach(Thread::interrupt);
  }
}
