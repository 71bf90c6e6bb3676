/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.util.Optional;

/**
 * What had been read of the log when a look was sent.
 *
 * @param cursor every silent row that it sees has been applied; empty while nothing is known
 * @param lsn a WAL location that an earlier look of the same history has told; 0 if there was none
 */
record Seen(Optional<Cursor> cursor, long lsn) {
  static final Seen NOTHING = new Seen(Optional.empty(), 0);
}
