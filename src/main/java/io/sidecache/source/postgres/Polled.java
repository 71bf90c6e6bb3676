/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import java.util.Optional;

/**
 * What came of one reading of the log.
 *
 * @param history which history of which database it is, as in {@link Cursor}
 * @param snapshot what was visible; every change visible in it was passed on, unless {@code broken}
 * @param position where the server's WAL ended
 * @param broken why the log does not go on from where the reader stood, for people; empty where it
 *     does
 */
record Polled(String history, Snapshot snapshot, Position position, Optional<String> broken) {

  /** Where to go on from. */
  Cursor cursor() {
    return new Cursor(history, snapshot.toString());
  }
}
