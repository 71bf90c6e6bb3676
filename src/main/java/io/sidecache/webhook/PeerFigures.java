/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.time.Instant;
import java.util.Optional;

/**
 * How one peer is doing. Numbers are since the start, unless said otherwise.
 *
 * @param state where deliveries stand
 * @param queued evictions that wait now
 * @param resetOwed whether a reset waits now
 * @param delivered evictions that the peer took
 * @param batches messages with evictions that the peer took
 * @param resets resets that the peer took
 * @param failures attempts that failed
 * @param consecutiveFailures attempts that failed since the last that did not
 * @param overflows how often the queue was full
 * @param covered evictions that were dropped and that a reset stands for
 * @param discarded evictions after the peer answered 410, or after the stop
 * @param deadLetters messages kept now that were given up
 * @param deadLettersDropped messages that were given up and not kept
 * @param lastSuccess when the peer last took a message
 * @param lastFailure why the last attempt that failed did
 */
public record PeerFigures(
    State state,
    int queued,
    boolean resetOwed,
    long delivered,
    long batches,
    long resets,
    long failures,
    long consecutiveFailures,
    long overflows,
    long covered,
    long discarded,
    int deadLetters,
    long deadLettersDropped,
    Optional<Instant> lastSuccess,
    Optional<String> lastFailure) {

  /** Where deliveries to a peer stand. */
  public enum State {
    /** The last attempt succeeded, or there was none yet. */
    OK,
    /** The last attempt failed; the message is tried again. */
    RETRYING,
    /** A message was given up; a reset is tried now and then until the peer takes it. */
    OPEN,
    /** The peer answered 410; it is left alone until the next start. */
    DISABLED
  }
}
