/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.Trouble;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Reads the log of changes while a transaction pooler keeps the link from listening. Stands between
 * the link and the sink, and is told of the link's troubles; both under the link's lock.
 *
 * <p>Reading stops before the link's own end of a gap is passed on, so no gap and no barrier of the
 * reading can come behind it. Both the link and the reading go on from cursors of their own.
 */
final class Fallback implements SignalSink {
  private static final Logger LOG = Logger.getLogger(Fallback.class);

  private final Polling polling;
  private final Optional<String> refusal;
  private final AtomicBoolean refused = new AtomicBoolean();
  private volatile SignalSink sink = signal -> {};

  /**
   * Makes it.
   *
   * @param refusal why the log cannot stand in for listening, for people; empty where it can
   */
  Fallback(Polling polling, Optional<String> refusal) {
    this.polling = polling;
    this.refusal = refusal;
  }

  /** Where all signals go. Set once, before the link starts. */
  void signalTo(SignalSink signals) {
    sink = signals;
  }

  /** Starts to read if that is what is wrong. */
  void troubled(Trouble trouble) {
    if (trouble != Trouble.POOLER) {
      return;
    }
    if (refusal.isPresent()) {
      if (refused.compareAndSet(false, true)) {
        LOG.warnf("the log of changes is not read instead: %s", refusal.get());
      }
    } else if (polling.start(sink)) {
      LOG.warn("a transaction pooler keeps us from listening: reading the log of changes instead");
    }
  }

  /** Why the log is not being read although it should be. */
  Optional<String> whyNot() {
    return refused.get() ? refusal : Optional.empty();
  }

  @Override
  public void accept(SourceSignal signal) {
    if (signal instanceof SourceSignal.GapClosed) {
      refused.set(false);
      if (polling.stop()) {
        LOG.info("listening again: the log of changes is no longer read at each interval");
      }
    }
    sink.accept(signal);
  }
}
