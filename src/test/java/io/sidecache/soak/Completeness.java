/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** P3: when the faults are over and a barrier has come back, every key reads as the database. */
final class Completeness {
  private static final int MOST_ATTEMPTS = 200;

  private Completeness() {}

  /** To be called when nobody writes or fills any more. */
  static void check(Run run) throws IOException, SQLException {
    run.bed.sidecar.awaitBarrier();
    try (HttpPipe pipe = run.bed.sidecar.connect();
        Connection connection = run.bed.connect()) {
      for (KeyHistory history : run.keys()) {
        check(run, history, Writer.row(connection, history), pipe);
      }
    }
  }

  private static void check(Run run, KeyHistory history, long row, HttpPipe pipe)
      throws IOException {
    byte[] request = run.get(history);
    for (int attempt = 1; ; attempt++) {
      Oracle.Duty duty = run.oracle.duty(history, KeyHistory.NONE);
      pipe.send(request, request.length);
      Answer answer = pipe.receive();
      run.oracle.judge(duty, answer);
      if (answer.status() == 200 || answer.status() == 404) {
        String wanted = history.key + ":" + row;
        boolean same =
            answer.status() == 200
                ? answer.body().equals(wanted)
                : row == KeyHistory.ABSENT || !history.subject.readThrough;
        if (!same) {
          run.oracle.violated(
              "P3: the database has " + row + ", the answer was " + answer,
              history,
              duty.begunNanos());
        }
        run.oracle.tally.count("keys compared with the database");
        return;
      }
      if (attempt == MOST_ATTEMPTS) {
        throw new IllegalStateException("key cannot be read: " + answer);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }
}
