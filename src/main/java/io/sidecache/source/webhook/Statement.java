/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One thing that a sender says. */
public sealed interface Statement {
  /**
   * Something changed.
   *
   * @param invalidation what to forget
   * @param position where the change stands, or null where nobody tells
   */
  record Change(Invalidation invalidation, @Nullable Position position) implements Statement {
    public Change {
      Objects.requireNonNull(invalidation, "invalidation");
    }
  }

  /**
   * All that was committed before the sender was given {@link Proof#nonce} has been said. A beat
   * without proof asks for a nonce.
   */
  record Beat(Optional<Proof> proof) implements Statement {}

  /**
   * What a beat rests on.
   *
   * @param nonce what we gave to this sender before
   * @param position where the database stood, after that
   * @param snapshot what was visible there
   */
  record Proof(String nonce, Position position, Snapshot snapshot) {}
}
