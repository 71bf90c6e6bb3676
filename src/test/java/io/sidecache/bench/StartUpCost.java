/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.testing.TestPostgres;
import io.sidecache.testing.TestPostgres.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How long the packaged application takes to be of use, and how much memory it holds. */
final class StartUpCost {
  private static final int ROUNDS = 5;
  private static final long HITS = 100_000;
  private static final String CACHE = "app.aot";

  /** The options of the image's JVM, as an argument of the java launcher. */
  private static final String OPTIONS = "@src/main/docker/java.options";

  /** The variables of Dockerfile.jvm that concern memory. */
  private static final Map<String, String> VARIABLES =
      Map.of("MALLOC_ARENA_MAX", "2", "MALLOC_TRIM_THRESHOLD_", "65536");

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
    Path jars = target.resolve("quarkus-app").toAbsolutePath();
    train(jars);
    List<Start> starts = new ArrayList<>();
    List<Start> cached = new ArrayList<>();
    for (int i = 0; i < ROUNDS; i++) {
      starts.add(start(jars, List.of(), Map.of()));
      cached.add(start(jars, asInTheImage(jars), VARIABLES));
    }
    double plainMillis = Median.of(starts.stream().map(Start::rowMillis).toList());
    double cachedMillis = Median.of(cached.stream().map(Start::rowMillis).toList());
    report.alone(
        "start to the first row served by GET, as the image starts it", millis(cachedMillis));
    report.alone(
        "the same, of the plain start (goal: at most 0.35)",
        String.format(Locale.ROOT, "%.2f", cachedMillis / plainMillis));
    report.alone(
        String.format(Locale.ROOT, "resident memory after %,d hits, as the image starts it", HITS),
        mebibytes(Median.of(cached.stream().map(Start::loadedBytes).toList())));
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
            + " starts; ready means that a heartbeat came back from PostgreSQL. As the image starts it:"
            + " with the AOT cache of src/main/docker/train.sh and the options of"
            + " src/main/docker/java.options, in a container of 320 MiB.");
  }

  /**
   * What Dockerfile.jvm and a container of 320 MiB make of it, where the JVM takes the serial
   * collector by itself.
   */
  static List<String> asInTheImage(Path jars) {
    return List.of(
        OPTIONS,
        "-XX:MaxRAM=320m",
        "-XX:+UseSerialGC",
        "-XX:AOTMode=on",
        "-XX:AOTCache=" + jars.resolve(CACHE));
  }

  /** As the image's build does it, beside a PostgreSQL of the same kind. */
  static void train(Path jars) throws Exception {
    Database database = TestPostgres.shared().createDatabase("training");
    ProcessBuilder script =
        new ProcessBuilder("src/main/docker/train.sh", jars.toString()).inheritIO();
    script
        .environment()
        .putAll(
            Map.of(
                "JAVA_HOME", System.getProperty("java.home"),
                "JDK_JAVA_OPTIONS", OPTIONS,
                "QUARKUS_DATASOURCE_JDBC_URL", database.url(),
                "QUARKUS_DATASOURCE_USERNAME", Database.USER,
                "QUARKUS_HTTP_PORT", Integer.toString(ChildJvm.freePort()),
                "QUARKUS_MANAGEMENT_PORT", Integer.toString(ChildJvm.freePort())));
    if (script.start().waitFor() != 0) {
      throw new IllegalStateException("the AOT cache could not be made");
    }
  }

  private Start start(Path jars, List<String> options, Map<String, String> variables)
      throws Exception {
    HttpLoad load = HttpLoad.choose();
    Application application = new Application();
    List<String> command = new ArrayList<>(options);
    command.addAll(application.systemProperties(database));
    command.addAll(List.of("-jar", jars.resolve("quarkus-run.jar").toString()));
    long startNanos = System.nanoTime();
    try (ChildJvm child = ChildJvm.start(command, variables)) {
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
