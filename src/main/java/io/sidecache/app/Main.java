/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/** The process's entry point. */
@QuarkusMain
public final class Main {
  // Quarkus makes a bean of it, and warns of a private constructor.
  Main() {}

  public static void main(String... arguments) {
    // Otherwise Quarkus (VertxHttpRecorder) parses every request target a first time and answers
    // what java.net.URI does not like with an empty 400, before any of our code could answer with a
    // problem. It reads the property once, when its class is loaded. In a native image that is when
    // the image is built, so application.yaml sets it there, and the pom for the tests.
    System.setProperty("vertx.disableURIValidation", "true");
    Quarkus.run(arguments);
  }
}
