/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Position;

/**
 * What one statement through the pool said of the server: which one it is, where it stands, and how
 * it does. The rows of the log that it found were passed on before it was made.
 *
 * @param server the server that was asked
 * @param cursor its history, and what was visible to the statement
 * @param position where its WAL ended, read after the statement's snapshot was taken: everything
 *     that the snapshot sees was committed before this, and a heartbeat of the same statement, or
 *     of any later one, carries this location or a later one
 * @param queueUsage how much of the cluster's notification queue is in use, 0 to 1 ({@code
 *     pg_notification_queue_usage()})
 * @param installed what of ours the role can use there
 * @param silent whether changes are logged that nobody is notified of ({@code attach(notify =>
 *     false)})
 * @param pruned whether the log no longer reaches back to the cursor that was asked about
 */
record Look(
    ServerIdentity server,
    Cursor cursor,
    Position position,
    double queueUsage,
    Installed installed,
    boolean silent,
    boolean pruned) {

  /** Which rows of the log a look passes on. */
  enum Rows {
    /** Those that nobody was notified of. */
    SILENT,
    /** All of them. */
    ALL
  }

  /**
   * What of ours the role can use in the database.
   *
   * @param log whether there is a log of changes
   * @param fleet whether heartbeats can be signed and checked with the fleet's key
   */
  record Installed(Log log, boolean fleet) {
    static final Installed NOTHING = new Installed(Log.ABSENT, false);
  }

  /** Whether there is a log of changes, {@code sidecache.invalidation}. */
  enum Log {
    /** Nothing of the kind is installed. */
    ABSENT,
    /** It is there, and this role may not read it. */
    UNREADABLE,
    /** It can be read. */
    READABLE
  }
}
