/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.sql.SQLException;
import java.util.List;
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

  /** Sends payloads on the invalidation channel, in order, and then a heartbeat, all or nothing. */
  void publish(List<String> payloads, Supplier<String> nonce) throws SQLException;
}
