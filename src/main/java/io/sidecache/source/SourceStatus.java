/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A snapshot of what a source is doing, for health, metrics and people.
 *
 * @param state where the connection stands
 * @param channels the channels listened on, sorted
 * @param connectedSince when the current connection was made; empty while there is none
 * @param disconnectedFor how long there has been no working connection; empty while there is one
 * @param sinceProgress how long ago the source last heard a heartbeat, or tried to connect
 * @param lastHeartbeatAge up to how long ago everything committed has been received, as the newest
 *     heartbeat proved; empty before the first
 * @param lag how long the newest heartbeat that this instance sent took from sending to hearing;
 *     empty before the first
 * @param reconnects how often a lost connection was made anew
 * @param forgedHeartbeats how many heartbeats were heard that nobody we trust had sent
 * @param queueUsage how much of the cluster's notification queue is in use, 0 to 1; empty before it
 *     was asked for
 * @param lastFailure one line for people, without credentials; empty where nothing failed yet
 * @param lastTrouble the kind of the newest fault; empty where there was none
 * @param troubles how often each kind of fault was met; all kinds are there
 */
public record SourceStatus(
    State state,
    List<String> channels,
    Optional<Instant> connectedSince,
    Optional<Duration> disconnectedFor,
    Duration sinceProgress,
    Optional<Duration> lastHeartbeatAge,
    Optional<Duration> lag,
    long reconnects,
    long forgedHeartbeats,
    Optional<Double> queueUsage,
    Optional<String> lastFailure,
    Optional<Trouble> lastTrouble,
    Map<Trouble, Long> troubles) {

  public SourceStatus {
    channels = List.copyOf(channels);
    troubles = Map.copyOf(troubles);
  }

  /** This status, for a source that reads the log instead of listening. */
  public SourceStatus readingInstead(SourceStatus reading) {
    return new SourceStatus(
        reading.state,
        List.of(),
        reading.connectedSince,
        reading.disconnectedFor,
        reading.sinceProgress,
        reading.lastHeartbeatAge,
        reading.lag,
        reconnects + reading.reconnects,
        forgedHeartbeats,
        queueUsage,
        reading.state == State.POLLING ? lastFailure : reading.lastFailure.or(() -> lastFailure),
        lastTrouble,
        troubles);
  }

  /** This status, with more to say of what failed. */
  public SourceStatus withHint(String hint) {
    return new SourceStatus(
        state,
        channels,
        connectedSince,
        disconnectedFor,
        sinceProgress,
        lastHeartbeatAge,
        lag,
        reconnects,
        forgedHeartbeats,
        queueUsage,
        lastFailure.map(failure -> failure + "; " + hint).or(() -> Optional.of(hint)),
        lastTrouble,
        troubles);
  }

  /** Where a source's connection stands. */
  public enum State {
    /** Not started yet. */
    NEW,
    /** Making a connection. */
    CONNECTING,
    /** Waiting before the next attempt to connect. */
    BACKOFF,
    /** Listening; no heartbeat has come back yet on this connection. */
    LISTENING,
    /** Listening, and a heartbeat came back within the heartbeat timeout. */
    FRESH,
    /**
     * Not listening: the log of changes is read at each interval, and the last time it could be.
     */
    POLLING,
    /** Closed for good. */
    CLOSED
  }
}
