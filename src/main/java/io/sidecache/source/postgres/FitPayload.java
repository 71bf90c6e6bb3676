/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.util.Optional;
import java.util.function.Function;

/**
 * Another decoder's key, in the spelling that the cache's load takes.
 *
 * <p>A trigger may notify {@code 1.50} for the {@code numeric} that is cached as {@code 1.5}
 * (docs/adr/0010). A key whose spelling cannot be told counts as unreadable and widens to the whole
 * cache: passed on as it is, it would evict an entry that nobody has.
 *
 * @param decoder reads the key
 * @param spelling gives the key that the cache would hold; called on the event loop, must not block
 */
public record FitPayload(PayloadDecoder decoder, Function<String, Optional<String>> spelling)
    implements PayloadDecoder {
  @Override
  public String key(String payload) throws UnreadablePayloadException {
    String key = decoder.key(payload);
    Optional<String> spelled = spelling.apply(key);
    if (spelled.isEmpty()) {
      throw new UnreadablePayloadException("the key is not one that the cache's load could take");
    }
    return spelled.get();
  }
}
