/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.nio.charset.StandardCharsets;

/**
 * The process's entry point. With the argument {@value #PRINT_SCHEMA} it writes the SQL of our
 * schema to standard output and ends, without settings and without a database.
 */
@QuarkusMain
public final class Main {
  static final String PRINT_SCHEMA = "print-schema";

  // Quarkus makes a bean of it, and warns of a private constructor.
  Main() {}

  public static void main(String... arguments) {
    if (arguments.length > 0 && arguments[0].equals(PRINT_SCHEMA)) {
      printSchema();
      return;
    }
    // Otherwise Quarkus (VertxHttpRecorder) parses every request target a first time and answers
    // what java.net.URI does not like with an empty 400, before any of our code could answer with a
    // problem. It reads the property once, when its class is loaded. In a native image that is when
    // the image is built, so application.yaml sets it there, and the pom for the tests.
    System.setProperty("vertx.disableURIValidation", "true");
    Quarkus.run(arguments);
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
