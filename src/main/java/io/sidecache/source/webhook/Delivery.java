/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Where a trusted sender's statements go. */
public interface Delivery {
  /**
   * Applies statements in order. Safe from any thread; may block for as long as the pipeline takes.
   *
   * @return completes once they have been applied; fails with {@link
   *     io.sidecache.source.SourceUnavailableException}
   */
  CompletionStage<Void> deliver(String sender, List<Statement> statements);

  /** A nonce for the sender's next heartbeat; empty where heartbeats are of no use. */
  Optional<String> nonce(String sender);
}
