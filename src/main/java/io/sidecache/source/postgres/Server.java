/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The same server as seen through the pool: what is sent to it. Calls block, within a bound. */
interface Server {
  /**
   * Looks at the server, in one statement in a transaction of its own, and passes on the rows of
   * the log that are not visible in {@code since}, in no particular order. Where there is no log
   * that can be read, there are no rows.
   *
   * @param since up to where everything was seen; empty for no rows. If the answer has another
   *     history, or says that the log was pruned, changes were missed
   * @param rows which rows to pass on
   * @param nonce asked as late as possible, just before the statement is sent; where it gives one,
   *     the statement sends a heartbeat
   * @throws SQLException among others where what {@link #catchUp} found installed is gone: a gap
   */
  Look look(
      Optional<Cursor> since,
      Look.Rows rows,
      Supplier<Optional<String>> nonce,
      Consumer<SourceSignal.Changed> changes)
      throws SQLException;

  /**
   * Publishes invalidations, in order, and then looks for silent rows and sends a heartbeat, all or
   * nothing. Returns when that has been committed.
   */
  Look publish(
      List<Invalidation> invalidations,
      Optional<Cursor> since,
      Supplier<Optional<String>> nonce,
      Consumer<SourceSignal.Changed> changes)
      throws SQLException;

  /**
   * Looks for the changes that were missed, in one read-only transaction, and passes them on in no
   * particular order.
   *
   * @param since up to where everything was seen; empty where nothing was
   */
  CaughtUp catchUp(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes)
      throws SQLException;

  /** Passes on what one transaction wrote into the log; the whole cache if nothing is found. */
  void readTransaction(LogReference reference, Consumer<Invalidation> changes) throws SQLException;
}
