/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.util.Optional;

/**
 * What came of looking for the changes that were missed.
 *
 * @param look the server that was asked, which must be the one that is listened to, and up to where
 *     everything has been seen once the answer has been applied; whether anything is logged
 *     silently was not asked
 * @param outcome whether the missed changes are known
 * @param fleetKey signs the fleet's heartbeats; empty where nothing is installed that says it
 */
record CaughtUp(Look look, Outcome outcome, Optional<FleetKey> fleetKey) {

  /** Whether the missed changes are known. */
  sealed interface Outcome {
    /** All changes of the log were passed on; caches that other triggers feed are not in it. */
    record Complete(long rows) implements Outcome {}

    /** They cannot be known; {@code reason} says why, for people. */
    record Unknown(String reason) implements Outcome {}
  }
}
