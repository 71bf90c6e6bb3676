/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * One channel that feeds one cache, and how its payloads are read. One channel may feed several
 * caches and several channels one cache.
 *
 * @param channel the channel's name exactly as the {@code NOTIFY} spells it, 1 to 63 bytes of UTF-8
 * @param cache the cache's configured name
 * @param decoder reads a key from a payload
 */
public record ChannelBinding(String channel, String cache, PayloadDecoder decoder) {
  /** PostgreSQL's NAMEDATALEN less one: longer identifiers are cut off in silence. */
  private static final int MAXIMUM_CHANNEL_BYTES = 63;

  public ChannelBinding {
    Objects.requireNonNull(decoder, "decoder");
    int bytes = channel.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > MAXIMUM_CHANNEL_BYTES) {
      throw new IllegalArgumentException(
          "channel must be 1 to 63 bytes of UTF-8, was " + bytes + " bytes: " + channel);
    }
    if (channel.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("channel must not contain a NUL");
    }
    if (cache.isEmpty()) {
      throw new IllegalArgumentException("cache must not be empty for channel " + channel);
    }
    if (OwnChannels.ALL.contains(channel)) {
      throw new IllegalArgumentException("channel is reserved for the sidecar itself: " + channel);
    }
  }
}
