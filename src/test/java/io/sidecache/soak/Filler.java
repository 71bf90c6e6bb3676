/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The application of a look-aside cache: after a miss it reads the database and fills, at once or
 * late, now and then so late that gaps and whole-cache evictions lie in between.
 */
final class Filler implements Runnable {
  private static final int SOON_MILLIS = 50;
  private static final int LATE_MILLIS = 3_000;

  private final Run run;
  private final RandomGenerator random;
  private @Nullable Connection connection;

  /** A miss, and the token that came with it. */
  record Job(KeyHistory history, String token) {}

  Filler(Run run, RandomGenerator random) {
    this.run = run;
    this.random = random;
  }

  @Override
  public void run() {
    while (run.isOn()) {
      try (HttpPipe pipe = run.bed.sidecar.connect()) {
        while (run.isOn()) {
          Job job = run.nextFill();
          if (job != null) {
            fill(pipe, job);
          }
        }
      } catch (IOException e) {
        run.oracle.tally.count("connections of fillers that failed");
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      } catch (SQLException e) {
        connection = null; // the server is away; the miss was in vain
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
    close();
  }

  private void fill(HttpPipe pipe, Job job) throws SQLException, IOException {
    Subject subject = job.history.subject;
    String value = null;
    try (PreparedStatement select =
        open()
            .prepareStatement("select id || ':' || v from " + subject.title() + " where id = ?")) {
      select.setInt(1, job.history.key);
      try (ResultSet row = select.executeQuery()) {
        if (row.next()) {
          value = row.getString(1);
        }
      }
    }
    if (value == null) {
      return; // no row, nothing to fill with
    }
    dawdle();
    long nanos = System.nanoTime();
    Answer answer =
        pipe.exchange(
            "PUT %s HTTP/1.1\r\nHost: sidecar\r\nSidecache-Fill: %s\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(subject.path(job.history.key), job.token, value.length(), value));
    job.history.event(nanos, "filled with " + value + ": " + answer.status());
    run.oracle.tally.count("fills answered " + answer.status());
  }

  private void dawdle() {
    int kind = random.nextInt(100);
    if (kind < 40) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(SOON_MILLIS)));
    } else if (kind < 43) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(LATE_MILLIS)));
    }
  }

  private Connection open() throws SQLException {
    Connection open = connection;
    if (open == null) {
      open = run.bed.connect();
      connection = open;
    }
    return open;
  }

  private void close() {
    Connection open = connection;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        // It is gone already.
      }
    }
  }
}
