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
import java.util.Optional;
import java.util.concurrent.CompletionStage;
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
  private final Link link;
  private final Polling polling;
  private final Fallback fallback;
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
    SourceThreads threads = SourceThreads.named("sidecache-postgres");
    Duration timeout = settings.heartbeatTimeout();
    return new PostgresSource(
        settings,
        new Link.Parts(
            new VertxConnector(
                vertx,
                host ->
                    address.options(host, settings.username(), settings.password().get(), timeout),
                // Added, since Duration multiplies in BigDecimal, whose class is 30 ms of a start.
                timeout.plus(timeout)),
            new JdbcServer(dataSource, threads.executor(), timeout),
            new Heartbeats(nanoClock),
            new NotificationReader(bindings, nanoClock),
            threads.timer(),
            threads.executor(),
            nanoClock,
            InstantSource.system(),
            onGapOpened),
        new JdbcLog(dataSource, threads.executor(), timeout),
        new Backoff(
            settings.reconnectInitial(),
            settings.reconnectMax(),
            () -> ThreadLocalRandom.current().nextDouble()),
        () -> ThreadLocalRandom.current().nextDouble(),
        threads::release);
  }

  /**
   * Makes a source of the given parts.
   *
   * @param log what is read where a transaction pooler keeps us from listening
   * @param random gives numbers from 0 inclusive to 1 exclusive
   * @param release runs once, on closing, after all is stopped
   */
  PostgresSource(
      PostgresSourceSettings settings,
      Link.Parts parts,
      PolledServer log,
      Backoff backoff,
      DoubleSupplier random,
      Runnable release) {
    TroubleCounts troubles = new TroubleCounts();
    this.polling =
        new Polling(
            new Polling.Bounds(settings.heartbeatInterval(), backoff, settings.barrierTimeout()),
            log,
            parts.timer(),
            parts.executor(),
            parts.nanoClock(),
            parts.wallClock(),
            troubles,
            parts.onGapOpened());
    this.fallback = new Fallback(polling, whyNoFallback(settings, parts.reader()));
    this.link =
        new Link(
            ListenerAddress.parse(settings.url()).hosts(),
            new Link.Bounds(
                settings.heartbeatInterval(),
                settings.heartbeatTimeout(),
                backoff,
                settings.useLog(),
                random),
            parts,
            troubles,
            fallback::troubled);
    this.waiters =
        new Waiters(parts.timer(), parts.executor(), settings.barrierTimeout(), link::describe);
    this.barriers =
        new Barriers(link.looks(), parts.heartbeats(), waiters, parts.executor(), link::session);
    this.release = release;
  }

  /** A configured channel's changes stand in no log, and freshness is one for all caches. */
  private static Optional<String> whyNoFallback(
      PostgresSourceSettings settings, NotificationReader reader) {
    if (!reader.caches().isEmpty()) {
      return Optional.of("channels are configured, and what they say is in no log");
    }
    return settings.useLog() ? Optional.empty() : Optional.of("log.enabled is false");
  }

  @Override
  public void start(SignalSink sink) {
    fallback.signalTo(sink);
    link.start(fallback);
  }

  @Override
  public SourceStatus status() {
    SourceStatus listening = link.status();
    if (polling.isRunning()) {
      return listening.readingInstead(polling.status());
    }
    return fallback
        .whyNot()
        .map(why -> listening.withHint("the log of changes is not read instead: " + why))
        .orElse(listening);
  }

  @Override
  public CompletionStage<Void> publish(List<Invalidation> invalidations) {
    return polling.isRunning() ? polling.publish(invalidations) : barriers.publish(invalidations);
  }

  @Override
  public CompletionStage<Void> barrier() {
    return polling.isRunning() ? polling.barrier() : barriers.barrier();
  }

  @Override
  public CompletionStage<Void> await(long lsn) {
    return polling.isRunning() ? polling.await(lsn) : barriers.await(lsn);
  }

  @Override
  public void heartbeatApplied(SourceSignal.Heartbeat heartbeat) {
    barriers.applied(heartbeat.nonce());
    polling.applied(heartbeat.nonce());
  }

  @Override
  public void close() {
    if (link.close()) {
      polling.close();
      waiters.closed();
      release.run();
    }
  }
}
