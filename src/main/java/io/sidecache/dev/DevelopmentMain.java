/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.dev;

import io.quarkus.arc.profile.IfBuildProfile;
import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.annotations.QuarkusMain;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigValidationException;
import java.net.BindException;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The main class of the development mode, selected by {@code application-dev.properties} alone.
 *
 * <p>A reload runs it again in the same JVM, in a new class loader.
 */
@IfBuildProfile("dev")
@QuarkusMain(name = "development")
public final class DevelopmentMain {
  private static final Logger LOG = Logger.getLogger(DevelopmentMain.class);
  private static final String WATCHED = "sidecache-dev.parent-watched";

  // Quarkus makes a bean of it, and warns of a private constructor.
  DevelopmentMain() {}

  /**
   * Starts the database unless there is one, then the application, and returns when that stops.
   *
   * @param arguments given on to the application
   */
  public static void main(String[] arguments) {
    endWithParent();
    try {
      DevelopmentDatabase.provide();
    } catch (EmbeddedDatabaseException e) {
      end(e.getMessage());
    }
    Quarkus.run(Tour.class, DevelopmentMain::ended, arguments);
  }

  /**
   * Ends the process when a port is taken, and leaves all else to Quarkus: it waits for a change
   * that repairs what failed, but no change of the sources frees a port.
   */
  private static void ended(int exitCode, @Nullable Throwable failure) {
    Throwable cause = failure;
    Throwable effect = failure;
    while (cause != null && cause.getCause() != null) {
      effect = cause;
      cause = cause.getCause();
    }
    if (cause instanceof BindException && effect != null) {
      String what =
          cause instanceof QuarkusBindException ? cause.getMessage() : effect.getMessage();
      end(
          what
              + ". Stop what listens there, or choose other ports: ./mvnw quarkus:dev"
              + " -Dquarkus.http.port=8081 -Dquarkus.management.port=9001");
    } else if (cause instanceof ConfigurationException
        || cause instanceof ConfigValidationException) {
      LOG.error(cause.getMessage());
    } else if (failure != null) {
      LOG.error("The application did not start", failure);
    }
    ApplicationLifecycleManager.getDefaultExitCodeHandler().accept(exitCode, failure);
  }

  /** Not by System.exit: Quarkus, still starting, would report that as a failure of its own. */
  private static void end(@Nullable String reason) {
    LOG.error(reason);
    DevelopmentDatabase.stop();
    Runtime.getRuntime().halt(1);
  }

  /**
   * Maven ends this process when it is told to end, but cannot when it is killed; nobody would then
   * know that there still is a server.
   */
  private static void endWithParent() {
    if (System.setProperty(WATCHED, "true") == null) {
      ProcessHandle.current().parent().ifPresent(DevelopmentMain::endAfter);
    }
  }

  private static void endAfter(ProcessHandle parent) {
    Thread.ofPlatform()
        .daemon()
        .name("sidecache-parent-watch")
        .start(
            () -> {
              parent.onExit().join();
              System.exit(0);
            });
  }
}
