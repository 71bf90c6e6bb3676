/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source;

import io.sidecache.invalidation.Invalidation;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A feed of invalidations, and the way to publish one so that it reaches every sidecar. */
public interface InvalidationSource extends AutoCloseable {

  /** Starts to follow the feed and to give signals to the sink. Returns at once; called once. */
  void start(SignalSink sink);

  /** What the source is doing now. Safe from any thread; never blocks. */
  SourceStatus status();

  /**
   * Publishes invalidations to all sidecars, this one included, in one transaction.
   *
   * @return completes when this sidecar has applied them; fails with {@link
   *     SourceUnavailableException} when the feed cannot be reached, or the invalidations have not
   *     come back in time (they may then still take effect later)
   */
  CompletionStage<Void> publish(List<Invalidation> invalidations);

  /**
   * Waits for a barrier that is sent after this call.
   *
   * @return completes when everything committed before the call has been applied; fails as {@link
   *     #publish} does
   */
  CompletionStage<Void> barrier();

  /**
   * Waits until a WAL location of the server has been reached.
   *
   * @param lsn a location in bytes, as {@code pg_lsn} counts them; read by whoever committed, after
   *     the commit, on the same server
   * @return completes when everything committed at or before the location has been applied, at once
   *     where that is known already; fails with {@link PositionAheadException} where the server has
   *     not written that far, and as {@link #publish} does
   */
  CompletionStage<Void> await(long lsn);

  /**
   * Takes note that every sink has applied this heartbeat, and so all before it. Called by whoever
   * runs last behind the {@link SignalSink}; never blocks. Heartbeats that are not of this source
   * are ignored.
   */
  void heartbeatApplied(SourceSignal.Heartbeat heartbeat);

  /** Stops following. Idempotent; waits for running work no longer than a few seconds. */
  @Override
  void close();
}
