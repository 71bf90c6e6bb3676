/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;

/**
 * The writer: transactions that notify a channel of keys, which are numbers from 0.
 *
 * @param connection the writer's own, in autocommit
 * @param channel where it notifies
 */
record Commits(Connection connection, String channel) {

  /**
   * One commit per key, by an absolute schedule that waits for nobody; notes when each was sent.
   *
   * @return the commits per second that there really were
   */
  double paced(AtomicLongArray sentNanos, int perSecond) throws SQLException {
    long intervalNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    try (PreparedStatement notify = connection.prepareStatement("select pg_notify(?, ?)")) {
      notify.setString(1, channel);
      long startNanos = System.nanoTime();
      for (int i = 0; i < sentNanos.length(); i++) {
        notify.setString(2, Integer.toString(i));
        awaitNanoTime(startNanos + i * intervalNanos);
        sentNanos.setRelease(i, System.nanoTime());
        notify.execute();
      }
      return sentNanos.length() * 1e9 / (System.nanoTime() - startNanos);
    }
  }

  /** All keys in one commit. */
  void atOnce(int keys) throws SQLException {
    try (PreparedStatement notify =
        connection.prepareStatement(
            "select count(pg_notify(?, key::text)) from generate_series(0, ?) key")) {
      notify.setString(1, channel);
      notify.setInt(2, keys - 1);
      notify.execute();
    }
  }

  static void awaitNanoTime(long dueNanos) {
    long leftNanos = dueNanos - System.nanoTime();
    while (leftNanos > 0) {
      LockSupport.parkNanos(leftNanos);
      leftNanos = dueNanos - System.nanoTime();
    }
  }
}
