/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What an application or a {@code load} query puts into a cache.
 *
 * @param body the bytes, handed over: neither side changes them afterwards
 * @param mediaType the media type to answer with
 * @param contentEncoding the content coding of the bytes, where they have one
 * @param groups the groups (tags) that evict it
 * @param life how long it may be served; empty for the cache's own setting
 */
@SuppressWarnings("ArrayRecordComponent") // identity semantics are wanted: values are not compared
public record Value(
    byte[] body,
    String mediaType,
    Optional<String> contentEncoding,
    List<String> groups,
    Optional<Duration> life) {

  /** How long a media type or a content coding may be. */
  public static final int MAXIMUM_FIELD_CHARS = 255;

  public Value {
    groups = List.copyOf(groups);
    if (life.isPresent() && life.get().isNegative()) {
      throw new IllegalArgumentException("life must not be negative, was " + life.get());
    }
  }

  /**
   * Whether a media type or a content coding can stand in a header field: one that cannot would be
   * refused each time that the entry is to be answered, or end the field and begin another.
   */
  public static boolean isFieldValue(String text) {
    return text.length() <= MAXIMUM_FIELD_CHARS && text.chars().allMatch(c -> c >= ' ' && c < 0x7F);
  }

  /** A value without a content coding, groups or a life of its own. */
  public static Value of(byte[] body, String mediaType) {
    return new Value(body, mediaType, Optional.empty(), List.of(), Optional.empty());
  }

  /** Names the size alone, so that a stray log statement cannot print content. */
  @Override
  public String toString() {
    return "Value[" + body.length + " bytes]";
  }
}
