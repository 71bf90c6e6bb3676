/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.io.PrintStream;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Runs checks one after the other, each within its own time and all within theirs, and prints what
 * each finds as soon as it is known. A check that hangs is left behind on a thread that keeps
 * nobody from ending.
 */
final class Rounds implements AutoCloseable {
  private final PrintStream out;
  private final ForeignText foreign;
  private final LongSupplier nanoClock;
  private final long endNanos;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("sidecache-doctor-", 0).factory());
  private boolean failed;

  /** One check. May block, and be interrupted. */
  @FunctionalInterface
  interface Check<T> {
    Diagnosis<T> look() throws SQLException, InterruptedException;
  }

  /**
   * Begins.
   *
   * @param total how long all checks together may take
   */
  Rounds(PrintStream out, ForeignText foreign, Duration total, LongSupplier nanoClock) {
    this.out = out;
    this.foreign = foreign;
    this.nanoClock = nanoClock;
    this.endNanos = nanoClock.getAsLong() + total.toNanos();
  }

  /** Runs one check; empty where it came to no end, which has been told. */
  <T> Optional<T> run(String name, Duration limit, Check<T> check) {
    long leftNanos = Math.max(0, Math.min(limit.toNanos(), endNanos - nanoClock.getAsLong()));
    Future<Diagnosis<T>> running = threads.submit(check::look);
    try {
      Diagnosis<T> diagnosis = running.get(leftNanos, TimeUnit.NANOSECONDS);
      diagnosis.findings().forEach(this::tell);
      return Optional.of(diagnosis.seen());
    } catch (TimeoutException e) {
      tell(
          Finding.fail(
              name,
              "no answer within " + TimeUnit.NANOSECONDS.toMillis(leftNanos) + " ms",
              "see what holds it up, a lock or the network"));
    } catch (ExecutionException e) {
      tell(failure(name, e.getCause() == null ? e : e.getCause()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      tell(Finding.fail(name, "interrupted", "try again"));
    } finally {
      running.cancel(true);
    }
    return Optional.empty();
  }

  private Finding failure(String name, Throwable cause) {
    return cause instanceof SQLException sql
        ? Finding.fail(name, foreign.of(sql), SqlRemedy.of(sql.getSQLState()))
        : Finding.fail(name, foreign.of(cause), "this is not expected: report it, please");
  }

  /** Prints it. */
  void tell(Finding finding) {
    failed |= finding.isFailure();
    out.println(finding.line());
    out.flush();
  }

  /** Tells of checks that make no sense any more. */
  void skip(String why, List<String> checks) {
    checks.forEach(check -> tell(Finding.skip(check, why)));
  }

  /** 1 where anything failed. */
  int exitCode() {
    return failed ? 1 : 0;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
