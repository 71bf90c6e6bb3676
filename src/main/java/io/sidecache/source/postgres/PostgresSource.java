/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import javax.sql.DataSource;

/**
 * Follows one PostgreSQL server through LISTEN, and publishes through the same server. Nothing of
 * ours need be installed in the database.
 *
 * <p>Works in the background from {@link #start} to {@link #close}, through every outage; nothing
 * here blocks its caller. Signals come from the event loop, and from the timer thread where the
 * loop stays silent; they come in order. A heartbeat counts as applied when the last sink says so
 * through {@link #heartbeatApplied}.
 */
public final class PostgresSource implements InvalidationSource {
  /** How much longer than the heartbeat timeout a socket may be silent before Netty closes it. */
  private static final int SILENCE_FACTOR = 2;

  private final Link link;
  private final Barriers barriers;
  private final Waiters waiters;
  private final Runnable release;

  /**
   * Makes a source with a timer thread and an executor of its own.
   *
   * @param settings where to listen, and how long things may take
   * @param bindings which channels feed which caches; one channel may stand in several
   * @param vertx makes the listening connection; not closed by the source
   * @param dataSource the pool that heartbeats and invalidations are sent through; must lead to the
   *     server and database that is listened to
   * @param nanoClock the clock that {@link SourceSignal.Heartbeat#sentNanos} is read from
   * @param onGapOpened runs whenever a connection was lost, on a thread that may block: the place
   *     to flush the pool
   */
  public static PostgresSource create(
      PostgresSourceSettings settings,
      List<ChannelBinding> bindings,
      Vertx vertx,
      DataSource dataSource,
      LongSupplier nanoClock,
      Runnable onGapOpened) {
    ListenerAddress address = ListenerAddress.parse(settings.url());
    ScheduledThreadPoolExecutor scheduler =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("sidecache-postgres-timer").daemon().factory());
    scheduler.setRemoveOnCancelPolicy(true);
    scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    ExecutorService executor =
        Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("sidecache-postgres-", 0).factory());
    Duration timeout = settings.heartbeatTimeout();
    return new PostgresSource(
        settings,
        new Link.Parts(
            new VertxConnector(
                vertx,
                host ->
                    address.options(host, settings.username(), settings.password().get(), timeout),
                timeout.multipliedBy(SILENCE_FACTOR)),
            new JdbcServer(dataSource, executor, timeout),
            new Heartbeats(nanoClock),
            new NotificationReader(bindings, nanoClock),
            Timer.on(scheduler),
            executor,
            nanoClock,
            InstantSource.system(),
            onGapOpened),
        new Backoff(
            settings.reconnectInitial(),
            settings.reconnectMax(),
            () -> ThreadLocalRandom.current().nextDouble()),
        () -> ThreadLocalRandom.current().nextDouble(),
        () -> {
          scheduler.shutdown();
          // No wait: what is running is bounded by its own timeouts and tells nobody any more.
          executor.shutdown();
        });
  }

  /**
   * Makes a source of the given parts.
   *
   * @param random gives numbers from 0 inclusive to 1 exclusive
   * @param release runs once, on closing, after all is stopped
   */
  PostgresSource(
      PostgresSourceSettings settings,
      Link.Parts parts,
      Backoff backoff,
      DoubleSupplier random,
      Runnable release) {
    this.link =
        new Link(
            ListenerAddress.parse(settings.url()).hosts(),
            new Link.Bounds(
                settings.heartbeatInterval(),
                settings.heartbeatTimeout(),
                backoff,
                settings.useLog(),
                random),
            parts);
    this.waiters =
        new Waiters(parts.timer(), parts.executor(), settings.barrierTimeout(), link::describe);
    this.barriers =
        new Barriers(link.looks(), parts.heartbeats(), waiters, parts.executor(), link::session);
    this.release = release;
  }

  @Override
  public void start(SignalSink sink) {
    link.start(sink);
  }

  @Override
  public SourceStatus status() {
    return link.status();
  }

  @Override
  public CompletionStage<Void> publish(List<Invalidation> invalidations) {
    return barriers.publish(invalidations);
  }

  @Override
  public CompletionStage<Void> barrier() {
    return barriers.barrier();
  }

  @Override
  public CompletionStage<Void> await(long lsn) {
    return barriers.await(lsn);
  }

  /**
   * Takes note that every sink has applied this heartbeat, and so all before it. Called by whoever
   * runs last behind the {@link SignalSink}; never blocks. Heartbeats that are not of this source
   * are ignored.
   */
  public void heartbeatApplied(SourceSignal.Heartbeat heartbeat) {
    barriers.applied(heartbeat.nonce());
  }

  @Override
  public void close() {
    if (link.close()) {
      waiters.closed();
      release.run();
    }
  }
}
