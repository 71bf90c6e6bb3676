/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import java.util.Optional;

/** What became of a message. */
public sealed interface Receipt {
  /**
   * It has been applied, now or when it came first.
   *
   * @param nonce what the sender's next heartbeat may carry; empty where nobody needs one
   */
  record Applied(Optional<String> nonce) implements Receipt {}

  /** It is not known to be of its sender; {@code reason} quotes nothing of it. */
  record Untrusted(String reason) implements Receipt {}

  /** It says something that is not understood; nothing of it was applied. */
  record NotUnderstood(String rule) implements Receipt {}
}
