/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import io.sidecache.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Tests the oracle: each scenario must be without a violation with the product as it is, and with
 * each of its mutants there must be one.
 */
final class Mutants {
  private static final Map<Scenario, List<Mutation>> PROVOKED =
      new EnumMap<>(
          Map.of(
              Scenario.FENCES,
              List.of(Mutation.KEY_FENCE, Mutation.WHOLE_FENCE, Mutation.GROUP_FENCE),
              Scenario.GAPS,
              List.of(Mutation.CATCH_UP, Mutation.BARRIER, Mutation.POSITION, Mutation.FRESHNESS),
              Scenario.REFRESHES,
              List.of(Mutation.ADMISSION),
              Scenario.LOST_COMMITS,
              List.of(Mutation.IDENTITY)));

  private final TestPostgres postgres;
  private final Path target;
  private final long seed;

  Mutants(TestPostgres postgres, Path target, long seed) {
    this.postgres = postgres;
    this.target = target;
    this.seed = seed;
  }

  /** Whether all were as they must be. */
  boolean run() throws IOException, SQLException, InterruptedException {
    Path agent = MutantAgent.writeJar(target.resolve("soak").resolve("mutants.jar"));
    boolean passed = true;
    for (Map.Entry<Scenario, List<Mutation>> provoked : PROVOKED.entrySet()) {
      passed &= run(provoked.getKey(), Optional.empty(), agent);
      for (Mutation mutation : provoked.getValue()) {
        passed &= run(provoked.getKey(), Optional.of(mutation), agent);
      }
    }
    return passed;
  }

  private boolean run(Scenario scenario, Optional<Mutation> mutation, Path agent)
      throws IOException, SQLException, InterruptedException {
    String name = mutation.map(Enum::name).orElse("CONTROL");
    Optional<String> argument = mutation.map(m -> "-javaagent:" + agent + "=" + m);
    String file = (scenario + "-" + name).toLowerCase(Locale.ROOT);
    long startNanos = System.nanoTime();
    try (Bed bed = Bed.make(postgres, target, file, argument)) {
      Oracle oracle = scenario.run(bed, seed);
      if (mutation.isPresent() && bed.sidecar.count(MutantAgent.AT_WORK + mutation.get()) == 0) {
        throw new IllegalStateException(name + " was never loaded, so nothing was switched off");
      }
      boolean passed = mutation.isPresent() == (oracle.violationCount() > 0);
      System.out.printf(
          "mutants: %-12s %-12s %,9d reads, %,6d violations, %4.1f s: %s%n",
          scenario,
          name,
          oracle.tally.reads(),
          oracle.violationCount(),
          (System.nanoTime() - startNanos) / 1e9,
          passed ? "as it must be" : "WRONG");
      oracle.violations().stream()
          .limit(passed ? 1 : Long.MAX_VALUE)
          .map(violation -> passed ? "  " + violation.lines().findFirst().orElse("") : violation)
          .forEach(System.out::println);
      return passed;
    }
  }
}
