/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

/**
 * What came of looking for the changes that were missed.
 *
 * @param server the server that was asked; must be the one that is listened to
 * @param cursor up to where everything has been seen once the answer has been applied
 * @param outcome whether the missed changes are known
 */
record CaughtUp(ServerIdentity server, Cursor cursor, Outcome outcome) {

  /** Whether the missed changes are known. */
  sealed interface Outcome {
    /** All changes of the log were passed on; caches that other triggers feed are not in it. */
    record Complete(long rows) implements Outcome {}

    /** They cannot be known; {@code reason} says why, for people. */
    record Unknown(String reason) implements Outcome {}
  }
}
