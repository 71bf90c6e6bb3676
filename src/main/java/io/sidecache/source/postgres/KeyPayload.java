/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

/** {@code format: key}: the payload is the key, byte for byte. */
public record KeyPayload() implements PayloadDecoder {
  @Override
  public String key(String payload) throws UnreadablePayloadException {
    return KeyText.check(payload);
  }
}
