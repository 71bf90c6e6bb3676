/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.quarkus.runtime.Application;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The packaged application on a flat class path, so that what is not part of it can stand in one
 * process with it: production code knows nothing of that, and what Quarkus generated when it
 * packaged the application runs unchanged.
 */
final class Packaged {
  private Packaged() {}

  /**
   * What starts a JVM with the packaged application on its class path, and the benchmark behind.
   * {@code -Dbench.child} may name more options for it, a profiler's for instance.
   */
  static List<String> command(Path target) throws IOException {
    List<String> command = new ArrayList<>();
    command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
    command.addAll(
        List.of("--add-opens", "java.base/java.lang=ALL-UNNAMED")); // as its manifest has it
    Stream.of(System.getProperty("bench.child", "").split(" ", -1))
        .filter(option -> !option.isEmpty())
        .forEach(command::add);
    command.addAll(List.of("-cp", classPath(target)));
    return command;
  }

  /** What Quarkus' own class loader would load, in its order, and the benchmark behind it. */
  private static String classPath(Path target) throws IOException {
    Path application = target.resolve("quarkus-app");
    List<String> paths = new ArrayList<>();
    for (String directory : List.of("quarkus", "app", "lib/boot", "lib/main")) {
      try (Stream<Path> jars = Files.list(application.resolve(directory))) {
        // "transformed-bytecode" must come before "app"; within quarkus/ the order does not matter.
        jars.filter(jar -> jar.toString().endsWith(".jar"))
            .map(Path::toString)
            .sorted()
            .forEach(paths::add);
      }
    }
    paths.add(target.resolve("test-classes").toString());
    return String.join(File.pathSeparator, paths);
  }

  /** Starts it in this JVM. */
  static Application start() throws ReflectiveOperationException {
    Application application =
        Class.forName("io.quarkus.runner.ApplicationImpl")
            .asSubclass(Application.class)
            .getDeclaredConstructor()
            .newInstance();
    application.start(new String[0]);
    return application;
  }
}
