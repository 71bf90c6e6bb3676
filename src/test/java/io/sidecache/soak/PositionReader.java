/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Reads what a writer has just written, with the commit's position: P4. */
final class PositionReader implements Runnable {
  private final Run run;

  /** A commit, and a WAL location behind it. */
  record Job(KeyHistory history, long version, String lsn) {}

  PositionReader(Run run) {
    this.run = run;
  }

  @Override
  public void run() {
    while (run.isOn()) {
      try (HttpPipe pipe = run.bed.sidecar.connect()) {
        while (run.isOn()) {
          Job job = run.nextPosition();
          if (job != null) {
            read(pipe, job);
          }
        }
      } catch (IOException e) {
        run.oracle.tally.count("connections of readers that failed");
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void read(HttpPipe pipe, Job job) throws IOException {
    Oracle.Duty duty = run.oracle.duty(job.history, job.version);
    Answer answer =
        pipe.exchange(
            "GET %s HTTP/1.1\r\nHost: sidecar\r\nSidecache-After: %s\r\n\r\n"
                .formatted(job.history.subject.path(job.history.key), job.lsn));
    run.oracle.judge(duty, answer);
    run.oracle.tally.count("reads after a position, answered " + answer.status());
  }
}
