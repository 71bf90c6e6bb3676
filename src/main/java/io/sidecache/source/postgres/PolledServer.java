/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A server's log of changes, read and written through the pool. Calls block, within a bound. */
interface PolledServer {
  /**
   * Reads what has been logged since the cursor, in one transaction, and passes it on in no
   * particular order. Passes on nothing where the log does not go on from the cursor.
   *
   * @param since up to where everything was read; empty where nothing was
   */
  Polled poll(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes) throws SQLException;

  /** Writes invalidations of keys, groups and whole caches into the log, all or nothing. */
  void record(List<Invalidation> invalidations) throws SQLException;
}
