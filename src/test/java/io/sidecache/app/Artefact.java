/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** What the build made: the jar, or the native image. */
public record Artefact(Path directory, Path path, boolean isNative) {
  private static final long LIMIT_SECONDS = 90;

  /** How a run of it ended, and what it printed to standard output and to standard error. */
  record Ended(int exitCode, String out, String errors) {
    /** Everything it printed. */
    String output() {
      return out + errors;
    }
  }

  public static Artefact built() {
    Path target = Path.of(System.getProperty("build.output.directory", "target"));
    Properties described = new Properties();
    try (InputStream in = Files.newInputStream(target.resolve("quarkus-artifact.properties"))) {
      described.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Artefact(
        target,
        target.resolve(described.getProperty("path")),
        described.getProperty("type").equals("native"));
  }

  /** Runs it with these environment variables and arguments until it ends by itself. */
  Ended run(Map<String, String> variables, String... arguments) {
    try {
      Path out = Files.createTempFile("sidecache-output", ".txt");
      Path errors = Files.createTempFile("sidecache-errors", ".txt");
      List<String> command = command();
      command.addAll(List.of(arguments));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(errors.toFile());
      builder.environment().keySet().removeIf(Artefact::isOurs);
      builder.environment().putAll(variables);
      Process process = builder.start();
      try {
        boolean ended = process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
        String printed = Files.readString(out, StandardCharsets.UTF_8);
        if (!ended) {
          throw new AssertionError("it runs on and has printed: " + printed);
        }
        return new Ended(
            process.exitValue(), printed, Files.readString(errors, StandardCharsets.UTF_8));
      } finally {
        process.destroyForcibly().waitFor();
        Files.delete(out);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    if (!isNative) {
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xmx128m");
      command.add("-jar");
    }
    command.add(path.toAbsolutePath().toString());
    return command;
  }

  private static boolean isOurs(String variable) {
    return variable.startsWith("SIDECACHE_")
        || variable.startsWith("QUARKUS_")
        || variable.startsWith("JAVA_TOOL_OPTIONS");
  }
}
