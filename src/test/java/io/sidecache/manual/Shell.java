/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.manual;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** One bash, whose variables and background jobs live from one command to the next. */
final class Shell implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final String END = "\u0001ended ";

  private final Process process;
  private final Writer input;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  Shell(Path directory, Map<String, String> variables) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder("bash", "--noprofile", "--norc")
            .directory(directory.toFile())
            .redirectErrorStream(true);
    builder.environment().putAll(variables);
    process = builder.start();
    input = process.outputWriter();
    Thread.ofVirtual().start(this::read);
  }

  private void read() {
    try (BufferedReader output = process.inputReader()) {
      output.lines().forEach(lines::add);
    } catch (IOException | UncheckedIOException e) {
      lines.add("the shell was closed");
    }
  }

  /** How a command ended, and the lines that were printed since the one before. */
  record Ran(int exitCode, List<String> output) {
    Ran {
      output = List.copyOf(output);
    }
  }

  /**
   * Runs a command to its end, and then waits until what it and the jobs in the background printed
   * is wanted, or for so long.
   */
  Ran run(String command, Predicate<List<String>> wanted, Duration patience) {
    try {
      // In braces, so that a command cannot read what comes after it.
      input.write("{ " + command + "\n} </dev/null\nprintf '" + END + "%d\\n' $?\n");
      input.flush();
      List<String> printed = new ArrayList<>();
      long end = System.nanoTime() + LIMIT.toNanos();
      int exitCode = -1;
      while (exitCode < 0) {
        String line = next(end);
        if (line.isEmpty() && System.nanoTime() >= end) {
          throw new AssertionError("has not ended: " + command + "\n" + String.join("\n", printed));
        }
        int mark = line.indexOf(END);
        if (mark < 0) {
          printed.add(line);
        } else {
          exitCode = Integer.parseInt(line.substring(mark + END.length()));
          if (mark > 0) {
            printed.add(line.substring(0, mark)); // what did not end its last line
          }
        }
      }
      long enough = System.nanoTime() + patience.toNanos();
      while (!wanted.test(printed) && System.nanoTime() < enough) {
        printed.add(next(enough));
      }
      return new Ran(exitCode, printed);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next line, or an empty one where none came in time. */
  private String next(long endNanos) {
    try {
      String line = lines.poll(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
      return line == null ? "" : line;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
