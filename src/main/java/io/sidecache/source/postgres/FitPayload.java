/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.util.function.Predicate;

/**
 * Another decoder's key, if the cache could hold it.
 *
 * <p>A trigger that notifies {@code 042} for the {@code bigint} 42 would evict an entry that nobody
 * has; such a payload counts as unreadable and widens to the whole cache (docs/adr/0007).
 *
 * @param decoder reads the key
 * @param fits whether the cache takes keys that are spelt so; called on the event loop, must not
 *     block
 */
public record FitPayload(PayloadDecoder decoder, Predicate<String> fits) implements PayloadDecoder {
  @Override
  public String key(String payload) throws UnreadablePayloadException {
    String key = decoder.key(payload);
    if (!fits.test(key)) {
      throw new UnreadablePayloadException("the key is not spelt as the cache's load takes it");
    }
    return key;
  }
}
