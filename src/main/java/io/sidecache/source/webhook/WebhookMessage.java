/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import java.util.Optional;

/**
 * One message as it came over the wire, nothing of it trusted.
 *
 * @param id the field {@code webhook-id}
 * @param timestamp the field {@code webhook-timestamp}
 * @param signature the field {@code webhook-signature}
 * @param body the octets; not to be changed afterwards
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
public record WebhookMessage(
    Optional<String> id, Optional<String> timestamp, Optional<String> signature, byte[] body) {
  /** Names nothing that came over the wire. */
  @Override
  public String toString() {
    return "WebhookMessage[" + body.length + " bytes]";
  }
}
