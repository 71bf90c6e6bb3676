/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import io.sidecache.soak.Oracle.Duty;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/** Reads keys at random over one connection, many at once, and has every answer judged. */
final class Reader implements Runnable {
  private static final int MOST_AT_ONCE = 48;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Run run;
  private final RandomGenerator random;
  private final byte[] requests = new byte[MOST_AT_ONCE * 128];

  Reader(Run run, RandomGenerator random) {
    this.run = run;
    this.random = random;
  }

  @Override
  public void run() {
    while (run.isOn()) {
      try (HttpPipe pipe = run.bed.sidecar.connect()) {
        while (run.isOn()) {
          batch(pipe);
        }
      } catch (IOException e) {
        run.oracle.tally.count("connections of readers that failed");
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private void batch(HttpPipe pipe) throws IOException {
    int count = 1 + random.nextInt(MOST_AT_ONCE);
    List<Duty> duties = new ArrayList<>(count);
    int length = 0;
    for (int i = 0; i < count; i++) {
      KeyHistory history = run.anyKey(random);
      byte[] request = run.get(history);
      System.arraycopy(request, 0, requests, length, request.length);
      length += request.length;
      duties.add(run.oracle.duty(history, KeyHistory.NONE));
    }
    pipe.send(requests, length);
    for (Duty duty : duties) {
      Answer answer = pipe.receive();
      run.oracle.judge(duty, answer);
      if (!answer.token().isEmpty()) {
        run.toFill(new Filler.Job(duty.of(), answer.token()));
      }
    }
  }
}
