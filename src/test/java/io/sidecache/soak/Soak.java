/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import io.sidecache.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;

/**
 * {@code ./mvnw -Psoak verify}: the random soak, then the mutants. Ends with exit code 1 on any
 * violation, where too little was read from memory to prove anything, and where a mutant stays
 * unnoticed.
 *
 * <p>System properties: {@code soak.duration} ({@code 2m}), {@code soak.reads} (ends earlier, after
 * so many reads and {@code soak.faults} faults), {@code soak.seed}, {@code soak.parts} ({@code
 * random,mutants}), {@code soak.target} (Maven's target directory).
 */
public final class Soak {
  private static final double LEAST_HIT_RATIO = 0.3;
  private static final long LEAST_READS_PER_SECOND = 500;
  private static final long TELL_SECONDS = 30;

  private final Path target = Path.of(property("soak.target", "target")).toAbsolutePath();
  private final Duration duration = duration(property("soak.duration", "2m"));
  private final long enoughReads = Long.parseLong(property("soak.reads", "0"));
  private final long enoughFaults = Long.parseLong(property("soak.faults", "0"));
  private final long seed;

  private Soak() {
    String given = property("soak.seed", "");
    seed = given.isEmpty() ? ThreadLocalRandom.current().nextLong() : Long.parseLong(given);
  }

  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    String parts = property("soak.parts", "random,mutants");
    Soak soak = new Soak();
    boolean passed = true;
    try (TestPostgres postgres = TestPostgres.start()) {
      if (parts.contains("random")) {
        passed = soak.random(postgres);
      }
      if (parts.contains("mutants")) {
        passed &= new Mutants(postgres, soak.target, soak.seed).run();
      }
    }
    System.out.println(passed ? "soak: passed" : "soak: FAILED");
    System.exit(passed ? 0 : 1);
  }

  /** A property that Maven passes on without a value counts as not given. */
  private static String property(String name, String other) {
    String value = System.getProperty(name, "");
    return value.isEmpty() ? other : value;
  }

  private static Duration duration(String text) {
    return Duration.parse("PT" + text.toUpperCase(Locale.ROOT));
  }

  private boolean random(TestPostgres postgres)
      throws IOException, SQLException, InterruptedException {
    System.out.printf("soak: %s, seed %d%n", duration, seed);
    SplittableRandom random = new SplittableRandom(seed);
    try (Bed bed = Bed.make(postgres, target, "random", Optional.empty())) {
      bed.sidecar.awaitBarrier();
      Run run = new Run(bed, random.nextLong(), Run.Load.USUAL);
      Faults faults = new Faults(run, random.split());
      long startNanos = System.nanoTime();
      long toldNanos = startNanos;
      run.start();
      while (System.nanoTime() - startNanos < duration.toNanos() && !isEnough(run, faults)) {
        faults.one();
        run.requireWhole();
        if (System.nanoTime() - toldNanos > Duration.ofSeconds(TELL_SECONDS).toNanos()) {
          toldNanos = System.nanoTime();
          System.out.printf(
              "soak: %,d reads, %d faults, %d violations so far%n",
              run.oracle.tally.reads(), faults.done(), run.oracle.violationCount());
        }
      }
      run.stop();
      run.requireWhole();
      Completeness.check(run);
      long seconds = Math.max(1, (System.nanoTime() - startNanos) / 1_000_000_000L);
      return judge(run, faults, seconds);
    }
  }

  private boolean isEnough(Run run, Faults faults) {
    return enoughReads > 0
        && run.oracle.tally.reads() >= enoughReads
        && faults.done() >= enoughFaults;
  }

  private boolean judge(Run run, Faults faults, long seconds) {
    Tally tally = run.oracle.tally;
    System.out.printf("soak: seed %d, %d s%n%s", seed, seconds, tally);
    System.out.printf("  %,14d  faults%n", faults.done());
    System.out.printf("  %,14d  gaps that the sidecar logged%n", run.bed.sidecar.count("was lost"));
    System.out.printf("  %,14d  catch-ups from the log%n", run.bed.sidecar.count("caught up:"));
    System.out.printf("  %,14d  violations%n", run.oracle.violationCount());
    run.oracle.violations().forEach(System.out::println);
    boolean worth =
        tally.hitRatio() >= LEAST_HIT_RATIO && tally.reads() >= seconds * LEAST_READS_PER_SECOND;
    if (!worth) {
      System.out.println("soak: too few reads came from memory; this proves nothing");
    }
    return worth && run.oracle.violationCount() == 0;
  }
}
