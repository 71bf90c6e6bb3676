/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.testing.TestPostgres.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How long the packaged application takes to be of use, and how much memory it holds. */
final class StartUpCost {
  private static final int ROUNDS = 5;
  private static final long HITS = 100_000;

  private final Path target;
  private final Database database;

  StartUpCost(Path target, Database database) {
    this.target = target;
    this.database = database;
  }

  /** One start: milliseconds and bytes. */
  private record Start(double readyMillis, double rowMillis, double bytes, double loadedBytes) {}

  void run(Report report) throws Exception {
    Application.createTable(database);
    List<Start> starts = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      starts.add(start());
    }
    report.alone(
        "start to /q/health/ready, packaged jar",
        millis(Median.of(starts.stream().map(Start::readyMillis).toList())));
    report.alone(
        "start to the first row served by GET",
        millis(Median.of(starts.stream().map(Start::rowMillis).toList())));
    report.alone(
        "resident memory when ready",
        mebibytes(Median.of(starts.stream().map(Start::bytes).toList())));
    report.alone(
        String.format(Locale.ROOT, "resident memory after %,d hits", HITS),
        mebibytes(Median.of(starts.stream().map(Start::loadedBytes).toList())));
    report.note(
        "start and memory: `java -jar target/quarkus-app/quarkus-run.jar` without JVM options,"
            + " medians of "
            + ROUNDS
            + " starts; ready means that a heartbeat came back from PostgreSQL.");
  }

  private Start start() throws Exception {
    HttpLoad load = HttpLoad.choose();
    Application application = new Application();
    List<String> command = new ArrayList<>(application.systemProperties(database));
    command.addAll(List.of("-jar", target.resolve("quarkus-app/quarkus-run.jar").toString()));
    long startNanos = System.nanoTime();
    try (ChildJvm child = ChildJvm.start(command)) {
      child.printRest();
      long readyNanos = application.awaitReady();
      long rowNanos = application.awaitRow();
      long bytes = child.residentBytes();
      application.fill();
      for (long hits = 0; hits < HITS; ) {
        hits += load.run(application.port(), Duration.ofSeconds(1)).answers();
      }
      return new Start(
          (readyNanos - startNanos) / 1e6,
          (rowNanos - startNanos) / 1e6,
          bytes,
          child.residentBytes());
    }
  }

  private static String millis(double millis) {
    return String.format(Locale.ROOT, "%,.0f ms", millis);
  }

  private static String mebibytes(double bytes) {
    return String.format(Locale.ROOT, "%,.0f MiB", bytes / (1 << 20));
  }
}
