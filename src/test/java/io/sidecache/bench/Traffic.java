/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.bench.Measured.Kind;
import io.sidecache.soak.Answer;
import io.sidecache.soak.HttpPipe;
import io.sidecache.soak.KeyHistory;
import io.sidecache.soak.Oracle;
import io.sidecache.soak.Subject;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * An application as a sidecar knows it: reads by a schedule over a number of connections, of which
 * {@link #HITS} are hits because that many of the changed rows are ones that are read; loads, look
 * aside and fills follow from that. Every answer is judged.
 */
final class Traffic implements AutoCloseable {
  /** The part of the reads that memory can answer. */
  static final double HITS = 0.95;

  /** Of the changed rows, the part that are ones that are read, however few reads there are. */
  private static final double LEAST_READ = 0.02;

  private static final int READERS = 32;
  private static final int WRITERS = 4;

  /** Of 5 keys that are read or written, one is of the look-aside cache. */
  private static final int ASIDE_OF = 5;

  private static final long BARRIER_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final LoadBed bed;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Reader> readers = new ArrayList<>();
  private final List<Writer> writers = new ArrayList<>();
  private final HttpPipe barriers;
  private final SplittableRandom random = new SplittableRandom(1);

  Traffic(LoadBed bed) throws IOException, SQLException {
    this.bed = bed;
    this.barriers = bed.pipe();
    for (int i = 0; i < READERS; i++) {
      readers.add(new Reader(bed, random.split()));
    }
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new Writer(bed, random.split()));
    }
  }

  /** Runs for so long; gives what was measured, by all. */
  Measured run(int readsPerSecond, int commitsPerSecond, Duration length) throws Exception {
    Schedule reads = new Schedule(readsPerSecond, length);
    Schedule commits = new Schedule(commitsPerSecond, length);
    double read =
        Math.max(
            LEAST_READ,
            Math.min(1, (1 - HITS) / HITS * readsPerSecond / Math.max(1, commitsPerSecond)));
    List<Future<Measured>> parties = new ArrayList<>();
    for (Reader reader : readers) {
      parties.add(threads.submit(() -> reader.run(reads)));
    }
    if (commitsPerSecond > 0) {
      writers.forEach(writer -> parties.add(threads.submit(() -> writer.run(commits, read))));
      long endNanos = System.nanoTime() + length.toNanos();
      parties.add(threads.submit(() -> askForBarriers(endNanos)));
    }
    Measured all = new Measured();
    for (Future<Measured> party : parties) {
      try {
        all.add(party.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("a party of the load has failed", e);
      }
    }
    return all;
  }

  private Measured askForBarriers(long endNanos) throws IOException {
    Measured measured = new Measured();
    while (System.nanoTime() - endNanos < 0) {
      long sentNanos = System.nanoTime();
      boolean back = bed.barrier(barriers);
      measured.took(back ? Kind.INVALIDATION : Kind.REFUSED, System.nanoTime() - sentNanos);
      LockSupport.parkNanos(BARRIER_NANOS);
    }
    return measured;
  }

  private static KeyHistory key(LoadBed bed, RandomGenerator random, int from, int to) {
    return bed.oracle.history(
        random.nextInt(ASIDE_OF) == 0 ? Subject.ASIDE : Subject.ROWS, random.nextInt(from, to + 1));
  }

  /** Reads over one connection, one request at a time, and fills what it misses. */
  private static final class Reader implements AutoCloseable {
    private final LoadBed bed;
    private final RandomGenerator random;
    private final HttpPipe pipe;
    private final Filler filler;

    Reader(LoadBed bed, RandomGenerator random) throws IOException, SQLException {
      this.bed = bed;
      this.random = random;
      this.pipe = bed.pipe();
      this.filler = new Filler(bed);
    }

    Measured run(Schedule schedule) throws IOException, SQLException {
      Measured measured = new Measured();
      for (long index = schedule.take(); index >= 0; index = schedule.take()) {
        KeyHistory history = key(bed, random, 1, LoadBed.READ_KEYS);
        byte[] get = history.subject.get(history.key);
        long dueNanos = schedule.await(index);
        Oracle.Duty duty = bed.oracle.duty(history, KeyHistory.NONE);
        pipe.send(get, get.length);
        Answer answer = pipe.receive();
        measured.took(kind(answer), System.nanoTime() - dueNanos);
        measured.took(Kind.DRIVER, duty.begunNanos() - dueNanos);
        bed.oracle.judge(duty, answer);
        if (!answer.token().isEmpty()) {
          measured.took(Kind.FILL, filler.fill(pipe, history, answer.token()));
        }
      }
      return measured;
    }

    @Override
    public void close() throws IOException, SQLException {
      pipe.close();
      filler.close();
    }
  }

  static Kind kind(Answer answer) {
    if (answer.isPlainHit()) {
      return Kind.HIT;
    } else if (!answer.token().isEmpty()) {
      return Kind.MISS;
    }
    return answer.status() == 200 ? Kind.LOAD : Kind.REFUSED;
  }

  /** Changes one row in each transaction. */
  private static final class Writer implements AutoCloseable {
    private final LoadBed bed;
    private final RandomGenerator random;
    private final Connection connection;
    private final PreparedStatement rows;
    private final PreparedStatement aside;

    Writer(LoadBed bed, RandomGenerator random) throws SQLException {
      this.bed = bed;
      this.random = random;
      this.connection = bed.connect();
      this.rows = connection.prepareStatement("update rows set v = ? where id = ?");
      this.aside = connection.prepareStatement("update aside set v = ? where id = ?");
    }

    /**
     * @param read which part of the changes is of rows that are read
     */
    Measured run(Schedule schedule, double read) throws SQLException {
      Measured measured = new Measured();
      for (long index = schedule.take(); index >= 0; index = schedule.take()) {
        KeyHistory history =
            random.nextDouble() < read
                ? key(bed, random, 1, LoadBed.READ_KEYS)
                : key(bed, random, LoadBed.READ_KEYS + 1, LoadBed.KEYS);
        long dueNanos = schedule.await(index);
        history.writing.lock();
        try {
          commit(history);
        } finally {
          history.writing.unlock();
        }
        measured.took(Kind.COMMIT, System.nanoTime() - dueNanos);
      }
      return measured;
    }

    private void commit(KeyHistory history) throws SQLException {
      long version = history.issue(false);
      PreparedStatement update = history.subject == Subject.ROWS ? rows : aside;
      update.setLong(1, version);
      update.setInt(2, history.key);
      update.executeUpdate();
      history.committed(version, System.nanoTime());
    }

    @Override
    public void close() throws SQLException {
      connection.close();
    }
  }

  @Override
  public void close() throws IOException, SQLException {
    threads.shutdownNow();
    barriers.close();
    for (Reader reader : readers) {
      reader.close();
    }
    for (Writer writer : writers) {
      writer.close();
    }
  }
}
