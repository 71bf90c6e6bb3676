/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.testing.TestPostgres;
import io.sidecache.testing.TestPostgres.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The benchmark's main: runs the parts, prints the table and writes it to {@code
 * target/bench/results.md}.
 *
 * <p>Arguments: the names of the parts to run ({@code latency}, {@code hits}, {@code start}, {@code
 * memory}, {@code catchup}, {@code update}, {@code load}); none runs all. {@code -Dbench.target}
 * names Maven's target directory, where the packaged application lies.
 */
public final class Benchmark {
  private Benchmark() {}

  public static void main(String[] arguments) throws Exception {
    Set<String> parts =
        arguments.length == 0
            ? Set.of("latency", "hits", "start", "memory", "catchup", "update", "load")
            : Set.copyOf(Arrays.asList(arguments));
    Path target = Path.of(System.getProperty("bench.target", "target")).toAbsolutePath();
    Report report = new Report();
    Database database = TestPostgres.shared().createDatabase("bench");
    describe(report, database);
    if (parts.contains("latency")) {
      new CommitToEvicted(database).run(report);
    }
    if (parts.contains("hits")) {
      new HitRates(target, database).run(report);
    }
    if (parts.contains("start")) {
      new StartUpCost(target, database).run(report);
    }
    if (parts.contains("memory")) {
      EntryMemory.run(report);
    }
    if (parts.contains("catchup")) {
      new CatchUp().run(report);
    }
    if (parts.contains("update")) {
      new UpdateCost(database).run(report);
    }
    if (parts.contains("load")) {
      new MixedLoad(target, database).run(report);
    }
    Path results = target.resolve("bench").resolve("results.md");
    Files.createDirectories(results.getParent());
    Files.writeString(results, report.toString());
    System.out.println();
    System.out.println(report);
    System.out.println("written to " + results);
  }

  private static void describe(Report report, Database database) throws IOException {
    report.heading(
        "Sidecache "
            + commit()
            + ", "
            + LocalDate.now(ZoneOffset.UTC)
            + "; "
            + Runtime.getRuntime().availableProcessors()
            + " processors ("
            + processor()
            + "), "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + "; JDK "
            + Runtime.version()
            + "; PostgreSQL "
            + database.query("show server_version")
            + " on the same machine.");
  }

  private static String commit() {
    String id = output(List.of("git", "rev-parse", "--short", "HEAD"));
    String changes = output(List.of("git", "status", "--porcelain", "-uno"));
    return id.isEmpty() ? "(no commit)" : id + (changes.isEmpty() ? "" : " with changes");
  }

  private static String output(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return ""; // no git here; the table says so
    }
  }

  private static String processor() throws IOException {
    Path description = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(description)) {
      return System.getProperty("os.arch");
    }
    try (Stream<String> lines = Files.lines(description)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(System.getProperty("os.arch"));
    }
  }
}
