/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Invalidation;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The same server as seen through the pool: what is sent to it. Calls block, within a bound. */
interface Server {
  /**
   * Sends one heartbeat in a transaction of its own.
   *
   * @param nonce asked as late as possible, just before the statement is sent
   * @return the server that took it
   */
  ServerIdentity heartbeat(Supplier<String> nonce) throws SQLException;

  /** Publishes invalidations, in order, and then a heartbeat, all or nothing. */
  void publish(List<Invalidation> invalidations, Supplier<String> nonce) throws SQLException;

  /**
   * Looks for the changes that were missed, in one read-only transaction, and passes them on in no
   * particular order.
   *
   * @param since up to where everything was seen; empty where nothing was
   */
  CaughtUp catchUp(Optional<Cursor> since, Consumer<Invalidation> changes) throws SQLException;

  /** Passes on what one transaction wrote into the log; the whole cache if nothing is found. */
  void readTransaction(LogReference reference, Consumer<Invalidation> changes) throws SQLException;
}
