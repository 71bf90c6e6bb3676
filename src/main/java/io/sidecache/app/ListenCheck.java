/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.config.Settings;
import io.sidecache.config.SourceKind;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus;
import io.sidecache.source.Trouble;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Starts the sidecar's own source and waits until it hears its own heartbeat, reads the log
 * instead, or has failed at every host: what is wrong is the source's judgement, not ours.
 */
final class ListenCheck {
  private static final String LISTEN = "listen";
  private static final long TICK_MILLIS = 20;

  /** What to do about a standby. */
  static final String STANDBY =
      "name all hosts in the URL and add targetServerType=primary&hostRecheckSeconds=2";

  /** What to do about a queue that is filling up. */
  static final String WEDGED =
      "end the session that listens and does not read, or stays in a transaction";

  private final Settings settings;
  private final String address;
  private final ForeignText foreign;
  private final LongSupplier nanoClock;

  /**
   * Makes it.
   *
   * @param address where is listened, for people
   */
  ListenCheck(Settings settings, String address, ForeignText foreign, LongSupplier nanoClock) {
    this.settings = settings;
    this.address = address;
    this.foreign = foreign;
    this.nanoClock = nanoClock;
  }

  /** Blocks for the limit at most; the source is closed in the end. */
  Diagnosis<SourceStatus> look(InvalidationSource source, Duration limit)
      throws InterruptedException {
    SourceStatus status;
    try (source) {
      status = settled(source, limit);
    }
    return new Diagnosis<>(status, List.of(told(status)));
  }

  private SourceStatus settled(InvalidationSource source, Duration limit)
      throws InterruptedException {
    CountDownLatch heard = new CountDownLatch(1);
    long endNanos = nanoClock.getAsLong() + limit.toNanos();
    source.start(
        signal -> {
          if (signal instanceof SourceSignal.Heartbeat heartbeat) {
            source.heartbeatApplied(heartbeat);
            heard.countDown();
          }
        });
    while (true) {
      boolean _ = heard.await(TICK_MILLIS, TimeUnit.MILLISECONDS);
      SourceStatus status = source.status();
      if (isSettled(status) || nanoClock.getAsLong() - endNanos >= 0) {
        return status;
      }
    }
  }

  private boolean isSettled(SourceStatus status) {
    return switch (status.state()) {
      case FRESH, POLLING, CLOSED -> true;
      case BACKOFF -> !isAboutToPoll(status);
      case NEW, CONNECTING, LISTENING -> false;
    };
  }

  /** It has met a pooler, and the log may be read in a moment. */
  private boolean isAboutToPoll(SourceStatus status) {
    return settings.source() == SourceKind.POSTGRES
        && status.lastTrouble().filter(trouble -> trouble == Trouble.POOLER).isPresent()
        && settings.channels().isEmpty()
        && settings.log().enabled();
  }

  private Finding told(SourceStatus status) {
    Optional<Trouble> trouble = status.lastTrouble();
    return switch (status.state()) {
      case FRESH ->
          Finding.ok(
              LISTEN,
              "%s, %s, channels: %s"
                  .formatted(
                      address,
                      status
                          .lag()
                          .map(lag -> "own heartbeat heard after " + millis(lag))
                          .orElse("another sidecar's heartbeat heard"),
                      String.join(", ", status.channels())));
      case POLLING ->
          settings.source() == SourceKind.LOG_POLLING
              ? Finding.ok(LISTEN, "not wanted; the log of changes can be read at each interval")
              : Finding.warn(
                  LISTEN,
                  address
                      + ", nothing is heard; the log of changes is read at each interval instead",
                  remedy(Trouble.POOLER));
      case NEW, CONNECTING, BACKOFF, LISTENING, CLOSED ->
          Finding.fail(
              LISTEN,
              trouble.map(kind -> kind.text() + ", ").orElse("")
                  + status.lastFailure().map(foreign::of).orElse("no heartbeat was heard"),
              remedy(trouble.orElse(Trouble.UNREACHABLE)));
    };
  }

  private static String millis(Duration duration) {
    return "%d.%d ms".formatted(duration.toMillis(), duration.toNanos() / 100_000 % 10);
  }

  private String remedy(Trouble trouble) {
    return switch (trouble) {
      case UNREACHABLE, LOST -> "see that the server runs and can be reached at " + address;
      case STANDBY -> STANDBY;
      case POOLER ->
          "set sidecache.listener.url to the server itself, or the pooler to session mode"
              + (settings.channels().isEmpty() ? "" : "; channels are in no log");
      case OTHER_SERVER ->
          "let sidecache.listener.url and quarkus.datasource.jdbc.url lead to one server and"
              + " database";
      case DEAF -> "see what keeps notifications back between here and " + address;
      case UNSENT -> "see that this role can run statements through quarkus.datasource.jdbc.url";
      case QUEUE_FULL -> WEDGED;
      case LOG -> "see that schema sidecache is installed and this role may use it";
    };
  }
}
