/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import io.sidecache.soak.Faults.Kind;
import io.sidecache.testing.FaultProxy;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A short soak that is meant to provoke certain mutants. */
enum Scenario {
  /** Fills and loads in flight while keys, groups and whole caches are evicted; no faults. */
  FENCES,
  /** Outages of the listening connection with commits in between. */
  GAPS,
  /** Entries that are loaded anew slowly, again and again, while they change; nothing else. */
  REFRESHES,
  /** A crash that loses commits which had been read. */
  LOST_COMMITS;

  private static final long LENGTH_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** Runs it; ends early at a violation. Gives what was found. */
  Oracle run(Bed bed, long seed) throws IOException, SQLException, InterruptedException {
    bed.sidecar.awaitBarrier();
    Run.Load load =
        this == REFRESHES // whose misses are slow
            ? new Run.Load(8, 6, 0, 40, List.of(Subject.AGEING))
            : new Run.Load(2, 6, 12, 10, List.of(Subject.values()));
    Run run = new Run(bed, seed, load);
    return switch (this) {
      case FENCES -> soak(run, seed, false);
      case GAPS -> soak(run, seed, true);
      case REFRESHES -> {
        bed.pool.setMode(FaultProxy.Mode.SLOW);
        yield soak(run, seed, false);
      }
      case LOST_COMMITS -> LostCommits.run(run);
    };
  }

  private static Oracle soak(Run run, long seed, boolean gaps)
      throws IOException, SQLException, InterruptedException {
    Faults faults = new Faults(run, new SplittableRandom(seed));
    run.start();
    long startNanos = System.nanoTime();
    while (System.nanoTime() - startNanos < LENGTH_NANOS && run.oracle.violationCount() == 0) {
      if (gaps) {
        faults.run(Kind.LISTENER_RESET, 400);
        calm();
        faults.run(Kind.LISTENER_SLOW, 400);
        faults.run(Kind.LISTENER_BLACKHOLE, 1_800);
      }
      calm();
    }
    run.stop();
    run.requireWhole();
    if (run.oracle.violationCount() == 0) {
      Completeness.check(run);
    }
    return run.oracle;
  }

  private static void calm() {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
  }
}
