/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.List;
import java.util.Objects;

/**
 * One channel to LISTEN on, and what its payloads mean ({@code sidecache.channels.<name>}).
 *
 * @param name the channel's name as {@code pg_notify} is given it, case and all; 1 to 63 bytes
 * @param caches the caches that it feeds; at least one
 * @param format how a payload tells the key
 */
public record ChannelSettings(String name, List<String> caches, Format format) {
  public ChannelSettings {
    caches = List.copyOf(caches);
    Objects.requireNonNull(format, "format");
    if (name.isEmpty() || caches.isEmpty()) {
      throw new IllegalArgumentException("a channel has a name and at least one cache");
    }
  }

  /** How a payload tells the key of the entry to evict. */
  public sealed interface Format {
    /** The payload as a whole is the key ({@code format: key}). */
    record WholePayload() implements Format {}

    /**
     * The payload is JSON; pointers into it tell the key ({@code format: json}). One pointer gives
     * a plain key, several a composite one.
     *
     * @param pointers RFC 6901 JSON pointers, in the order of the key's parts; at least one
     */
    record JsonPointers(List<String> pointers) implements Format {
      public JsonPointers {
        pointers = List.copyOf(pointers);
        if (pointers.isEmpty()) {
          throw new IllegalArgumentException("pointers must not be empty");
        }
      }
    }
  }
}
