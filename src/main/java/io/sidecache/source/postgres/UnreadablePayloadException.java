/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

/** A payload does not say what it should. Its message names the rule and never the content. */
final class UnreadablePayloadException extends Exception {
  private static final long serialVersionUID = 1L;

  UnreadablePayloadException(String reason) {
    // No stack trace: a flood of bad payloads must stay cheap on the event loop.
    super(reason, null, false, false);
  }

  /** What is wrong, without the content. */
  String reason() {
    return String.valueOf(getMessage());
  }
}
