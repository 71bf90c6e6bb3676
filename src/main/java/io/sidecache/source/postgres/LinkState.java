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
 * @param sentNanos when the newest heartbeat that was heard had been sent
 * @param lag how long it took; empty before the first
 * @param reconnects how often a lost connection was made anew
 * @param lastFailure what failed last, for people
 */
record LinkState(
    SourceStatus.State state,
    Optional<Instant> connectedSince,
    long disconnectedNanos,
    long progressNanos,
    long sentNanos,
    Optional<Duration> lag,
    long reconnects,
    Optional<String> lastFailure) {

  static LinkState unstarted(long nowNanos) {
    return new LinkState(
        SourceStatus.State.NEW,
        Optional.empty(),
        nowNanos,
        nowNanos,
        nowNanos,
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
    return new LinkState(
        state, connectedSince, nowNanos, nowNanos, sentNanos, lag, reconnects, lastFailure);
  }

  LinkState connecting(long nowNanos) {
    return new LinkState(
        SourceStatus.State.CONNECTING,
        Optional.empty(),
        disconnectedNanos,
        nowNanos,
        sentNanos,
        lag,
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
        again ? reconnects + 1 : reconnects,
        lastFailure);
  }

  LinkState heard(long nowNanos, long beatSentNanos, boolean fresh) {
    return new LinkState(
        fresh ? SourceStatus.State.FRESH : state,
        connectedSince,
        disconnectedNanos,
        nowNanos,
        beatSentNanos,
        Optional.of(Duration.ofNanos(nowNanos - beatSentNanos)),
        reconnects,
        lastFailure);
  }

  /** The log has been read, by a poll begun at the given time. */
  LinkState polled(Instant now, boolean again, long nowNanos, long begunNanos) {
    return new LinkState(
        SourceStatus.State.POLLING,
        Optional.of(connectedSince.orElse(now)),
        disconnectedNanos,
        nowNanos,
        begunNanos,
        Optional.of(Duration.ofNanos(nowNanos - begunNanos)),
        again && connectedSince.isEmpty() ? reconnects + 1 : reconnects,
        lastFailure);
  }

  LinkState failed(String reason) {
    return new LinkState(
        state,
        connectedSince,
        disconnectedNanos,
        progressNanos,
        sentNanos,
        lag,
        reconnects,
        Optional.of(reason));
  }

  /** No connection any more, or still none. */
  LinkState away(SourceStatus.State next, long nowNanos) {
    return new LinkState(
        next,
        Optional.empty(),
        isListening() ? nowNanos : disconnectedNanos,
        progressNanos,
        sentNanos,
        lag,
        reconnects,
        lastFailure);
  }

  SourceStatus toStatus(
      List<String> channels, long forgedHeartbeats, Troubles troubles, long nowNanos) {
    return new SourceStatus(
        state,
        channels,
        connectedSince,
        isListening() ? Optional.empty() : Optional.of(since(disconnectedNanos, nowNanos)),
        since(progressNanos, nowNanos),
        lag.map(ignored -> since(sentNanos, nowNanos)),
        lag,
        reconnects,
        forgedHeartbeats,
        lastFailure,
        troubles.last(),
        troubles.counts());
  }

  /** Never negative: the state may be younger than the clock reading it is compared with. */
  private static Duration since(long fromNanos, long nowNanos) {
    return Duration.ofNanos(Math.max(0, nowNanos - fromNanos));
  }
}
