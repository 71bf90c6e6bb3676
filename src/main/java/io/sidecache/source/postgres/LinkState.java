/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.source.SourceStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Everything that a {@link SourceStatus} is made of, at one moment. Immutable; replaced as a whole,
 * so that a reader never sees half of a change.
 *
 * @param state where the connection stands
 * @param connectedSince when the current connection was made
 * @param disconnectedNanos since when there is none, if there is none
 * @param progressNanos when a heartbeat was heard or an attempt began
 * @param sentNanos before which all that was committed has been received; empty before the first
 *     heartbeat
 * @param lag how long the newest heartbeat of our own took; empty before the first
 * @param queueUsage how full the notification queue was; empty before the first look
 * @param reconnects how often a lost connection was made anew
 * @param lastFailure what failed last, for people
 */
record LinkState(
    SourceStatus.State state,
    Optional<Instant> connectedSince,
    long disconnectedNanos,
    long progressNanos,
    Optional<Long> sentNanos,
    Optional<Duration> lag,
    Optional<Double> queueUsage,
    long reconnects,
    Optional<String> lastFailure) {

  static LinkState unstarted(long nowNanos) {
    return new LinkState(
        SourceStatus.State.NEW,
        Optional.empty(),
        nowNanos,
        nowNanos,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        Optional.empty());
  }

  /** Whether what commits now is heard, or found in the log. */
  boolean isListening() {
    return switch (state) {
      case LISTENING, FRESH, POLLING -> true;
      case NEW, CONNECTING, BACKOFF, CLOSED -> false;
    };
  }

  LinkState started(long nowNanos) {
    return at(state, connectedSince, nowNanos, nowNanos);
  }

  LinkState connecting(long nowNanos) {
    return at(SourceStatus.State.CONNECTING, Optional.empty(), disconnectedNanos, nowNanos);
  }

  /** No connection any more, or still none. */
  LinkState away(SourceStatus.State next, long nowNanos) {
    long since = isListening() ? nowNanos : disconnectedNanos;
    return at(next, Optional.empty(), since, progressNanos);
  }

  private LinkState at(
      SourceStatus.State next,
      Optional<Instant> connected,
      long newDisconnectedNanos,
      long newProgressNanos) {
    return new LinkState(
        next,
        connected,
        newDisconnectedNanos,
        newProgressNanos,
        sentNanos,
        lag,
        queueUsage,
        reconnects,
        lastFailure);
  }

  LinkState listening(Instant now, boolean again) {
    return new LinkState(
        SourceStatus.State.LISTENING,
        Optional.of(now),
        disconnectedNanos,
        progressNanos,
        sentNanos,
        lag,
        queueUsage,
        again ? reconnects + 1 : reconnects,
        lastFailure);
  }

  LinkState heard(long nowNanos, long beatSentNanos, boolean fresh) {
    return with(
        fresh ? SourceStatus.State.FRESH : state,
        nowNanos,
        Optional.of(beatSentNanos),
        lag,
        queueUsage,
        lastFailure);
  }

  LinkState echoed(Duration took) {
    return with(state, progressNanos, sentNanos, Optional.of(took), queueUsage, lastFailure);
  }

  LinkState queueUsed(double usage) {
    return with(state, progressNanos, sentNanos, lag, Optional.of(usage), lastFailure);
  }

  /** The log has been read, by a reading begun at the given time. */
  LinkState polled(Instant now, boolean again, long nowNanos, long begunNanos) {
    return new LinkState(
        SourceStatus.State.POLLING,
        Optional.of(connectedSince.orElse(now)),
        disconnectedNanos,
        nowNanos,
        Optional.of(begunNanos),
        Optional.of(Duration.ofNanos(nowNanos - begunNanos)),
        queueUsage,
        again && connectedSince.isEmpty() ? reconnects + 1 : reconnects,
        lastFailure);
  }

  LinkState failed(String reason) {
    return with(state, progressNanos, sentNanos, lag, queueUsage, Optional.of(reason));
  }

  private LinkState with(
      SourceStatus.State newState,
      long newProgressNanos,
      Optional<Long> newSentNanos,
      Optional<Duration> newLag,
      Optional<Double> newUsage,
      Optional<String> newFailure) {
    return new LinkState(
        newState,
        connectedSince,
        disconnectedNanos,
        newProgressNanos,
        newSentNanos,
        newLag,
        newUsage,
        reconnects,
        newFailure);
  }

  SourceStatus toStatus(
      List<String> channels, long forgedHeartbeats, TroubleCounts troubles, long nowNanos) {
    return new SourceStatus(
        state,
        channels,
        connectedSince,
        isListening() ? Optional.empty() : Optional.of(since(disconnectedNanos, nowNanos)),
        since(progressNanos, nowNanos),
        sentNanos.map(sent -> since(sent, nowNanos)),
        lag,
        reconnects,
        forgedHeartbeats,
        queueUsage,
        lastFailure,
        troubles.last(),
        troubles.counts());
  }

  /** Never negative: the state may be younger than the clock reading it is compared with. */
  private static Duration since(long fromNanos, long nowNanos) {
    return Duration.ofNanos(Math.max(0, nowNanos - fromNanos));
  }
}
