/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import java.util.Optional;

/**
 * A heartbeat for a sidecar that lives from our webhooks: all that was committed before we were
 * given the nonce has been said ahead of it. Without proof it asks for a nonce.
 */
record Beat(Optional<Proof> proof) {

  /**
   * What a heartbeat rests on.
   *
   * @param nonce what the peer gave us, and then PostgreSQL was asked
   * @param position where the server stood, after that
   * @param snapshot what was visible there
   */
  record Proof(String nonce, Position position, Snapshot snapshot) {}
}
