/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.fuzz;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs targets with Jazzer, one after the other, each in a JVM of its own; prints how many inputs
 * each was given and ends with 1 where there is a finding. {@code ./mvnw -Pfuzz verify} calls it.
 *
 * <p>Arguments: how many inputs each target is given, then the targets' names; none means all.
 * Jazzer reads the committed corpus, keeps what it learns in {@code target/fuzz}, and leaves there
 * the input of a finding.
 */
final class Fuzz {
  private static final Pattern DONE = Pattern.compile("Done (\\d+) runs in (\\d+) second\\(s\\)");
  private static final int LONGEST_INPUT = 1024;
  private static final int INPUT_SECONDS = 10;

  /** What became of one target. */
  private record Outcome(Target target, long inputs, Duration time, int exit) {}

  private Fuzz() {}

  /** Runs them. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    long inputs = Long.parseLong(arguments[0].replace("_", ""));
    List<Target> targets =
        arguments.length == 1
            ? List.of(Target.values())
            : Arrays.stream(arguments)
                .skip(1)
                .map(name -> Target.valueOf(name.toUpperCase(Locale.ROOT)))
                .toList();
    List<Outcome> outcomes = new ArrayList<>();
    for (Target target : targets) {
      outcomes.add(run(target, inputs));
    }
    System.out.printf("%n%-14s %12s %9s  %s%n", "target", "inputs", "seconds", "outcome");
    for (Outcome outcome : outcomes) {
      System.out.printf(
          "%-14s %,12d %9d  %s%n",
          outcome.target.corpus(),
          outcome.inputs,
          outcome.time.toSeconds(),
          outcome.exit == 0 ? "no finding" : "FINDING, exit code " + outcome.exit);
    }
    if (outcomes.stream().anyMatch(outcome -> outcome.exit != 0 || outcome.inputs < inputs)) {
      System.exit(1);
    }
  }

  private static Outcome run(Target target, long inputs) throws IOException, InterruptedException {
    Path place = Path.of(System.getProperty("fuzz.target", "target"), "fuzz", target.corpus());
    Path learnt = Files.createDirectories(place.resolve("corpus"));
    Process process =
        new ProcessBuilder(command(target, inputs, learnt, place))
            .redirectErrorStream(true)
            .start();
    long[] done = {0, 0};
    try (BufferedReader lines = process.inputReader()) {
      lines.lines().forEach(line -> take(target, line, done));
    } catch (UncheckedIOException e) {
      process.destroyForcibly();
      throw e;
    }
    return new Outcome(target, done[0], Duration.ofSeconds(done[1]), process.waitFor());
  }

  private static void take(Target target, String line, long[] done) {
    Matcher matcher = DONE.matcher(line);
    if (matcher.find()) {
      done[0] = Long.parseLong(matcher.group(1));
      done[1] = Long.parseLong(matcher.group(2));
    }
    if (!line.startsWith("INFO: Instrumented") && !line.startsWith("WARNING: ")) {
      System.out.println(target.corpus() + " | " + line);
    }
  }

  private static List<String> command(Target target, long inputs, Path learnt, Path place) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx512m",
        "-XX:+UseSerialGC", // one core is enough
        "-XX:CICompilerCount=2",
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
        "-classpath",
        System.getProperty("java.class.path"),
        "com.code_intelligence.jazzer.Jazzer",
        "--target_class=" + target.type().getName(),
        // What is fuzzed and what it reads JSON with, not the references.
        "--instrumentation_includes=io.sidecache.**:com.fasterxml.jackson.core.**",
        "--instrumentation_excludes=io.sidecache.fuzz.**",
        // It fails on Netty's use of method handles, and nothing of ours calls Unsafe.
        "--disabled_hooks=com.code_intelligence.jazzer.sanitizers.UnsafeSanitizer",
        "--reproducer_path=" + place,
        "-artifact_prefix=" + place + "/",
        "-runs=" + inputs,
        "-max_len=" + LONGEST_INPUT,
        "-timeout=" + INPUT_SECONDS,
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        learnt.toString(),
        CorpusTest.CORPORA.resolve(target.corpus()).toString());
  }
}
