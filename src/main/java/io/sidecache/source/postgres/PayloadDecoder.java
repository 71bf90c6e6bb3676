/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

/**
 * Reads the key of a cache entry from a notification's payload. Implementations are immutable, keep
 * no lock and are called on the event loop.
 */
public sealed interface PayloadDecoder permits KeyPayload, JsonPayload, FitPayload {

  /**
   * Reads the key.
   *
   * @throws UnreadablePayloadException where the payload does not hold a key of 1 to 512 bytes; the
   *     caller widens to the whole cache
   */
  String key(String payload) throws UnreadablePayloadException;
}
