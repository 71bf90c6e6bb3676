/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a new connection says about its server, before it listens.
 *
 * @param protocolPid the backend's process id as the protocol's start-up message gave it
 * @param backendPid the backend's process id as a query gave it
 * @param identity which server it is; null on a standby, which has no insert position
 */
record ServerProbe(int protocolPid, int backendPid, @Nullable ServerIdentity identity) {

  /**
   * Asks for the columns below, in this order, on PostgreSQL 14 and later.
   *
   * <p>The timeline is read from the name of the segment being written: {@code
   * pg_control_checkpoint()} is behind after a promotion. {@code CASE} keeps a standby from
   * evaluating a function that fails there.
   */
  static final String SQL =
      """
      select pg_backend_pid(), not pg_is_in_recovery(), current_database()::text,
             (select oid::int8 from pg_database where datname = current_database()),
             extract(epoch from pg_postmaster_start_time())::text,
             case when not pg_is_in_recovery()
                  then substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end""";

  /**
   * Whether a pooler stands before the server: PgBouncer makes up a process id of its own for each
   * client, in every mode. Whether it keeps sessions together only shows in what is heard.
   */
  boolean isPooled() {
    return protocolPid != backendPid;
  }

  /** Why this connection cannot be listened on; empty where it can. */
  Optional<String> refusal() {
    if (identity == null) {
      return Optional.of("the server is a standby, which cannot LISTEN");
    }
    return Optional.empty();
  }
}
