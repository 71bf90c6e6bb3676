/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The process's entry point. Without an argument it is a sidecar. With {@value #PRINT_SCHEMA} it
 * writes the SQL of our schema to standard output and ends, without settings and without a
 * database; with {@value #MIGRATE} it installs or upgrades the schema and ends; with {@value
 * #DOCTOR} it tells what is wrong and ends.
 */
@QuarkusMain
public final class Main {
  static final String PRINT_SCHEMA = "print-schema";
  static final String MIGRATE = "migrate";
  static final String DOCTOR = "doctor";

  private static final String COMMANDS =
      """
      Without an argument this is a sidecar, set up by environment variables or config/application.yaml.
      With one of these it does one thing and ends:
        %-12s  looks at settings, database and peers, and tells what to do; ends with 1 where anything failed
        %-12s  installs or upgrades schema sidecache, with the sidecar's settings
        %-12s  prints the SQL of schema sidecache; needs no settings and no database
        %-12s  prints this
      """
          .formatted(DOCTOR, MIGRATE, PRINT_SCHEMA, "help");

  /** What nobody else uses for us: sysexits.h calls it EX_USAGE. */
  private static final int MISUSED = 64;

  // Quarkus makes a bean of it, and warns of a private constructor.
  Main() {}

  public static void main(String... arguments) {
    // Otherwise Quarkus (VertxHttpRecorder) parses every request target a first time and answers
    // what java.net.URI does not like with an empty 400, before any of our code could answer with a
    // problem. It reads the property once, when its class is loaded. In a native image that is when
    // the image is built, so application.properties sets it there, and the pom for the tests.
    System.setProperty("vertx.disableURIValidation", "true");
    switch (String.join(" ", arguments)) {
      case "" -> Quarkus.run(arguments);
      case PRINT_SCHEMA -> printSchema();
      case MIGRATE -> {
        serveNobody();
        Quarkus.run(Migrate.class, arguments);
      }
      case DOCTOR -> {
        serveNobody();
        logNothing();
        Quarkus.run(Doctor.class, Doctor::ended, arguments);
      }
      case "help", "--help", "-h" -> System.out.print(COMMANDS);
      default -> {
        System.err.println("sidecache does not know the arguments " + List.of(arguments));
        System.err.print(COMMANDS);
        System.exit(MISUSED);
      }
    }
  }

  /** Whether the process does one thing and ends, so that nothing else is to be started. */
  static boolean isOneShot(String... arguments) {
    return arguments.length > 0;
  }

  private static void serveNobody() {
    for (String switchedOff :
        List.of(
            "quarkus.http.host-enabled",
            "quarkus.management.host-enabled",
            "quarkus.scheduler.enabled")) {
      System.setProperty(switchedOff, "false");
    }
  }

  /** What the logs would say, the lines say better; a system property brings the logs back. */
  private static void logNothing() {
    setUnlessGiven("quarkus.log.console.enabled", "false");
    setUnlessGiven("quarkus.log.console.stderr", "true");
  }

  private static void setUnlessGiven(String name, String value) {
    if (System.getProperty(name) == null) {
      System.setProperty(name, value);
    }
  }

  private static void printSchema() {
    // The script's own octets: the console's encoding may know fewer letters.
    byte[] script = SchemaScript.text().getBytes(StandardCharsets.UTF_8);
    System.out.write(script, 0, script.length);
    // Flushes. A script that arrived in part must not look like a whole one.
    if (System.out.checkError()) {
      System.err.println("the schema could not be written to standard output");
      System.exit(1);
    }
  }
}
