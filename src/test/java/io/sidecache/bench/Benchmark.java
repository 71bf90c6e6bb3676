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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The benchmark's main: runs the parts, prints the table, and writes it and a chart of its ratios
 * to {@code target/bench}; where all parts ran, to {@code docs} too.
 *
 * <p>Arguments: the names of the parts to run, see {@link #parts}; none runs all. {@code
 * -Dbench.target} names Maven's target directory, where the packaged application lies, {@code
 * -Dbench.docs} the directory of the manual.
 */
public final class Benchmark {
  private Benchmark() {}

  /** One subject: measures it beside its yardstick and gives rows to the report. */
  private interface Part {
    void run(Report report) throws Exception;
  }

  /** All parts by name, in the order in which they run. */
  private static Map<String, Part> parts(Path target, Database database) {
    Map<String, Part> parts = new LinkedHashMap<>();
    parts.put("latency", report -> new CommitToEvicted(database).run(report));
    parts.put("hits", report -> new HitRates(target, database).run(report));
    parts.put("start", report -> new StartUpCost(target, database).run(report));
    parts.put("memory", report -> EntryMemory.run(report));
    parts.put("catchup", report -> new CatchUp().run(report));
    parts.put("update", report -> new UpdateCost(database).run(report));
    parts.put("load", report -> new MixedLoad(target, database).run(report));
    parts.put("webhooks", report -> new Webhooks(target, database).run(report));
    parts.put("stream", report -> new StreamFanOut(target, database).run(report));
    parts.put("rivals", report -> new Rivals(target, database).run(report));
    return parts;
  }

  public static void main(String[] arguments) throws Exception {
    Path target = Path.of(System.getProperty("bench.target", "target")).toAbsolutePath();
    Database database = TestPostgres.shared().createDatabase("bench");
    Map<String, Part> parts = parts(target, database);
    List<String> unknown =
        Arrays.stream(arguments).filter(name -> !parts.containsKey(name)).toList();
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException("no such parts: " + unknown + "; of " + parts.keySet());
    }
    if (arguments.length > 0) {
      parts.keySet().retainAll(List.of(arguments));
    }
    Report report = new Report();
    describe(report, database);
    for (Part part : parts.values()) {
      part.run(report);
    }
    System.out.println();
    System.out.println(report);
    Publication publication = new Publication(report);
    System.out.println("written to " + publication.write(target.resolve("bench")));
    if (arguments.length == 0) {
      Path docs = Path.of(System.getProperty("bench.docs", "docs")).toAbsolutePath();
      System.out.println("written to " + publication.write(docs));
    }
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
