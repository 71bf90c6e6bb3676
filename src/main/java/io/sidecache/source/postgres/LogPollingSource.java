/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import javax.sql.DataSource;

/**
 * Follows one PostgreSQL server by reading its log of changes at each interval, for where LISTEN
 * cannot be had. Works through a transaction pooler; needs the schema {@code sidecache}.
 *
 * <p>Works in the background from {@link #start} to {@link #close}, through every outage; nothing
 * here blocks its caller. Without a log that can be read nothing is ever proven fresh.
 */
public final class LogPollingSource implements InvalidationSource {
  private final Polling polling;
  private final Runnable release;

  /**
   * How often and how long.
   *
   * @param interval the time between two readings
   * @param timeout bounds each answer of the server
   * @param reconnectInitial the bound of the first wait after a failure; it doubles each time
   * @param reconnectMax the longest wait after a failure
   * @param barrierTimeout how long {@code barrier()} and {@code publish()} wait
   */
  public record Settings(
      Duration interval,
      Duration timeout,
      Duration reconnectInitial,
      Duration reconnectMax,
      Duration barrierTimeout) {}

  private LogPollingSource(Polling polling, Runnable release) {
    this.polling = polling;
    this.release = release;
  }

  /**
   * Makes a source with a timer thread and an executor of its own.
   *
   * @param dataSource the pool through which the log is read and written
   * @param nanoClock the clock that {@link SourceSignal.Heartbeat#sentNanos} is read from
   * @param onGapOpened runs whenever the log could not be read any more, on a thread that may
   *     block: the place to flush the pool
   */
  public static LogPollingSource create(
      Settings settings, DataSource dataSource, LongSupplier nanoClock, Runnable onGapOpened) {
    SourceThreads threads = SourceThreads.named("sidecache-polling");
    Polling polling =
        new Polling(
            new Polling.Bounds(
                settings.interval(),
                new Backoff(
                    settings.reconnectInitial(),
                    settings.reconnectMax(),
                    () -> ThreadLocalRandom.current().nextDouble()),
                settings.barrierTimeout()),
            new JdbcLog(dataSource, threads.executor(), settings.timeout()),
            threads.timer(),
            threads.executor(),
            nanoClock,
            InstantSource.system(),
            new TroubleCounts(),
            onGapOpened);
    return new LogPollingSource(polling, threads::release);
  }

  @Override
  public void start(SignalSink sink) {
    if (!polling.start(sink)) {
      throw new IllegalStateException("a source is started once");
    }
  }

  @Override
  public SourceStatus status() {
    return polling.status();
  }

  @Override
  public CompletionStage<Void> publish(List<Invalidation> invalidations) {
    return polling.publish(invalidations);
  }

  @Override
  public CompletionStage<Void> barrier() {
    return polling.barrier();
  }

  @Override
  public CompletionStage<Void> await(long lsn) {
    return polling.await(lsn);
  }

  @Override
  public void heartbeatApplied(SourceSignal.Heartbeat heartbeat) {
    polling.applied(heartbeat.nonce());
  }

  @Override
  public void close() {
    if (polling.close()) {
      release.run();
    }
  }
}
