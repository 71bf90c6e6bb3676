/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Commits without {@code synchronous_commit}, lets them be read, and crashes the server before they
 * are flushed: what was read has never been. (As with the promotion of a standby that lags.)
 */
final class LostCommits {
  private static final Subject SUBJECT = Subject.ROWS;
  private static final int MOST_ATTEMPTS = 5;
  private static final int MOST_READS = 500;

  private LostCommits() {}

  /** Tries until commits were lost, and compares every key with the database then. */
  static Oracle run(Run run) throws IOException, SQLException, InterruptedException {
    execute(run, "alter system set wal_writer_delay = '10s'", "select pg_reload_conf()");
    try {
      for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
        if (lose(run, 1_000L + attempt)) {
          run.bed.sidecar.awaitBarrier();
          awaitPlainHits(run);
          Completeness.check(run);
          return run.oracle;
        }
      }
      throw new IllegalStateException("no commit was lost in " + MOST_ATTEMPTS + " crashes");
    } finally {
      execute(run, "alter system reset wal_writer_delay", "select pg_reload_conf()");
    }
  }

  private static void execute(Run run, String... statements) throws SQLException {
    try (Connection connection = run.bed.connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  /** Whether a version that was read is gone. */
  private static boolean lose(Run run, long version)
      throws IOException, SQLException, InterruptedException {
    execute(run, "checkpoint", "set synchronous_commit = off", "update rows set v = " + version);
    run.bed.sidecar.awaitBarrier();
    try (HttpPipe pipe = run.bed.sidecar.connect()) {
      for (int key = 1; key <= SUBJECT.keys; key++) {
        pipe.send(SUBJECT.get(key), SUBJECT.get(key).length);
        pipe.receive();
      }
    }
    new Faults(run, new SplittableRandom(0)).run(Faults.Kind.IMMEDIATE_RESTART, 0);
    try (Connection connection = run.bed.connect()) {
      return Writer.row(connection, run.oracle.history(SUBJECT, 1)) != version;
    }
  }

  private static void awaitPlainHits(Run run) throws IOException {
    try (HttpPipe pipe = run.bed.sidecar.connect()) {
      for (int i = 0; i < MOST_READS; i++) {
        pipe.send(SUBJECT.get(1), SUBJECT.get(1).length);
        if (pipe.receive().isPlainHit()) {
          return;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
    throw new IllegalStateException("the sidecar does not become fresh");
  }
}
