/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.source.postgres.Backoff;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Installs our schema in the background, and tries again for as long as PostgreSQL is away.
 *
 * <p>Whoever waits for it is let go after the first attempt, whatever came of it, or when his
 * patience ends: the sidecar works without the schema, and uses it from the next reconnect on.
 * Threads: two daemons of its own, until the outcome is final.
 */
final class SchemaInstallation implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(SchemaInstallation.class);
  private static final String UNLESS =
      " Going on without the log of changes. To end this warning set sidecache.schema.migrate to"
          + " false.";
  private static final Duration CLOSING = Duration.ofSeconds(5);

  private final Supplier<Outcome> migration;
  private final Backoff backoff;
  private final Duration patience;
  private final AtomicBoolean waiting = new AtomicBoolean(true);
  private final ScheduledThreadPoolExecutor executor =
      new ScheduledThreadPoolExecutor(
          2, Thread.ofPlatform().name("sidecache-schema-", 0).daemon().factory());

  /** Touched by one attempt after the other. */
  private int failures;

  /** What came of an attempt. */
  sealed interface Outcome {
    /** The schema is there, and Flyway keeps it; so many scripts were run for that. */
    record Current(int scripts) implements Outcome {}

    /** People have installed it, and it is theirs to keep. */
    record ByHand() implements Outcome {}

    /** PostgreSQL cannot be worked with now. */
    record Away(String reason) implements Outcome {}

    /** The role may not. */
    record Forbidden(String reason) implements Outcome {}

    /** It will not do better the next time. */
    record Failed(String reason) implements Outcome {}
  }

  /**
   * Makes an installation.
   *
   * @param migration one attempt; may block
   * @param backoff the waits between attempts
   * @param patience how long the first attempt may keep others waiting
   */
  SchemaInstallation(Supplier<Outcome> migration, Backoff backoff, Duration patience) {
    this.migration = migration;
    this.backoff = backoff;
    this.patience = patience;
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Begins; {@code ready} runs once, on another thread. */
  void start(Runnable ready) {
    Future<?> _ = executor.schedule(() -> release(ready), patience.toNanos(), TimeUnit.NANOSECONDS);
    executor.execute(() -> attempt(ready));
  }

  private void release(Runnable ready) {
    if (waiting.getAndSet(false)) {
      ready.run();
    }
  }

  private void attempt(Runnable ready) {
    Outcome outcome;
    try {
      outcome = migration.get();
    } catch (RuntimeException e) {
      if (!executor.isShutdown()) {
        LOG.error("schema sidecache could not be installed", e);
      }
      outcome = new Outcome.Failed(e.getClass().getName());
    }
    if (executor.isShutdown()) {
      return; // and an attempt that was interrupted is nobody's failure
    }
    tell(outcome);
    release(ready);
    if (outcome instanceof Outcome.Away) {
      failures++;
      again(ready);
    } else {
      executor.shutdown();
    }
  }

  private void again(Runnable ready) {
    try {
      Future<?> _ =
          executor.schedule(
              () -> attempt(ready), backoff.delay(failures).toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("closed meanwhile", e);
    }
  }

  private void tell(Outcome outcome) {
    switch (outcome) {
      case Outcome.Current current -> {
        if (current.scripts() > 0) {
          LOG.infof("schema sidecache was installed or upgraded by %d scripts", current.scripts());
        }
      }
      case Outcome.ByHand ignored ->
          LOG.info("schema sidecache was installed by hand; it is left as it is");
      case Outcome.Away away -> {
        if (failures == 0) {
          LOG.warnf("schema sidecache has to wait for PostgreSQL: %s. Trying on.", away.reason());
        }
      }
      case Outcome.Forbidden forbidden ->
          LOG.warnf(
              "schema sidecache was not installed or upgraded: %s. Let the owner of the tables run"
                  + " what this program prints when started with the argument "
                  + Main.PRINT_SCHEMA
                  + ", then: grant sidecache_listener to <this role>."
                  + UNLESS,
              forbidden.reason());
      case Outcome.Failed failed ->
          LOG.warnf(
              "schema sidecache could not be installed or upgraded: %s." + UNLESS, failed.reason());
    }
  }

  /** Stops trying, and waits for an attempt that is running, but not for ever. */
  @Override
  public void close() {
    executor.shutdownNow();
    try {
      if (!executor.awaitTermination(CLOSING.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.warn("schema sidecache was being installed; PostgreSQL will take that back");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
