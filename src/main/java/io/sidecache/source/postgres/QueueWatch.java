/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import org.jboss.logging.Logger;

/**
 * Tells people when PostgreSQL's notification queue fills up, once, and when it is well again. The
 * queue is the cluster's: while one session listens and does not read, it keeps everybody's
 * notifications, and when it is full every commit that notifies fails (manual, "NOTIFY"). Not safe
 * for threads.
 */
final class QueueWatch {
  private static final Logger LOG = Logger.getLogger(QueueWatch.class);
  private static final double HALF = 0.5;

  private boolean wedged;

  /** Whether so much of the queue is in use that people are to know. */
  static boolean isWedged(double usage) {
    return usage > HALF;
  }

  /** Takes note of how full the queue is, 0 to 1, and gives that back. */
  double seen(double usage) {
    if (isWedged(usage) != wedged) {
      wedged = !wedged;
      long percent = Math.round(usage * 100);
      if (wedged) {
        LOG.warnf(
            "PostgreSQL's notification queue is %d %% full: some session listens and does not read,"
                + " or stays in a transaction; once it is full, every commit that notifies fails",
            percent);
      } else {
        LOG.infof("PostgreSQL's notification queue is %d %% full, below half again", percent);
      }
    }
    return usage;
  }
}
