/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM of its own, of the JDK that runs the benchmark. Its errors go to ours. */
final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  private ChildJvm(Process process) {
    this.process = process;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  static ChildJvm start(List<String> arguments) throws IOException {
    return start(arguments, Map.of());
  }

  static ChildJvm start(List<String> arguments, Map<String, String> variables) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(variables);
    return new ChildJvm(builder.start());
  }

  /** A port that is free now. */
  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The next line that starts so, without its start; what comes before is printed. */
  String await(String start) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(start)) {
        return line.substring(start.length()).strip();
      }
      System.err.println(line);
    }
    throw new IllegalStateException("the process ended before it said " + start);
  }

  /** Says a line to the process. */
  void tell(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    process.getOutputStream().flush();
  }

  /** Prints what the process says, from now on. */
  void printRest() {
    Thread.ofVirtual().start(this::print);
  }

  private void print() {
    try {
      output.lines().forEach(System.err::println);
    } catch (UncheckedIOException e) {
      // The end of a process takes the stream with it.
    }
  }

  /** The memory that it holds now (VmRSS of proc(5)), in bytes. */
  long residentBytes() {
    return status("VmRSS:");
  }

  /** The most memory that it ever held (VmHWM). */
  long peakResidentBytes() {
    return status("VmHWM:");
  }

  /**
   * Of what it holds now, the part that no file backs (RssAnon): the kernel cannot take it back.
   */
  long anonymousBytes() {
    return status("RssAnon:");
  }

  private long status(String name) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.replaceAll("\\D", ""))
          .mapToLong(kibibytes -> Long.parseLong(kibibytes) * 1024)
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
