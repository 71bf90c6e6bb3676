/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value in memory, or the knowledge that the database holds none (a negative entry). Immutable.
 *
 * <p>Kept small, since there are millions: about 48 bytes beside the body.
 */
public final class Entry {
  /** The life of an entry that nothing limits: 73 years; a sum of two stays clear of overflow. */
  static final long ENDLESS_NANOS = Long.MAX_VALUE / 4;

  private static final byte[] NOTHING = {};

  private final byte[] body;
  private final @Nullable String mediaType;
  private final @Nullable String contentEncoding;
  private final List<String> groups;
  private final long validator;
  private final long stamp;
  private final long filledNanos;
  private final long lifeNanos;
  private final boolean loaded;

  private Entry(
      byte[] body,
      @Nullable String mediaType,
      @Nullable String contentEncoding,
      List<String> groups,
      long validator,
      long stamp,
      long filledNanos,
      long lifeNanos,
      boolean loaded) {
    this.body = body;
    this.mediaType = mediaType;
    this.contentEncoding = contentEncoding;
    this.groups = groups;
    this.validator = validator;
    this.stamp = stamp;
    this.filledNanos = filledNanos;
    this.lifeNanos = lifeNanos;
    this.loaded = loaded;
  }

  static Entry of(Value value, long stamp, long filledNanos, long lifeNanos, boolean loaded) {
    return new Entry(
        value.body(),
        value.mediaType().intern(),
        value.contentEncoding().map(String::intern).orElse(null),
        value.groups(),
        validator(value),
        stamp,
        filledNanos,
        lifeNanos,
        loaded);
  }

  static Entry negative(long stamp, long filledNanos, long lifeNanos) {
    return new Entry(NOTHING, null, null, List.of(), 0, stamp, filledNanos, lifeNanos, true);
  }

  /** Whether this is the knowledge that there is no value. */
  public boolean isNegative() {
    return mediaType == null;
  }

  /** The bytes; shared, not to be changed. Empty for a negative entry. */
  @SuppressWarnings("EI_EXPOSE_REP") // copying a megabyte per hit would be the larger fault
  public byte[] body() {
    return body;
  }

  /**
   * The media type that the value was stored with.
   *
   * @throws IllegalStateException for a negative entry
   */
  public String mediaType() {
    if (mediaType == null) {
      throw new IllegalStateException("a negative entry has no media type");
    }
    return mediaType;
  }

  /** The content coding that the value was stored with. */
  public Optional<String> contentEncoding() {
    return Optional.ofNullable(contentEncoding);
  }

  /** The groups that evict this entry. */
  public List<String> groups() {
    return groups;
  }

  /**
   * A strong validator (RFC 9110, section 8.8.3), quotes included: 64 bits of SHA-256 over the
   * media type, the content coding and the bytes.
   */
  public String etag() {
    return '"' + HexFormat.of().toHexDigits(validator) + '"';
  }

  /** When the value was read or put, by the cache's ticker, in nanoseconds. */
  public long filledNanos() {
    return filledNanos;
  }

  /** How long the entry may be served after it was filled, in nanoseconds. */
  public long lifeNanos() {
    return lifeNanos;
  }

  /** Whether it has an end of its own, be it long after all others. */
  public boolean hasEnd() {
    return lifeNanos < ENDLESS_NANOS;
  }

  /** Whether it came from the cache's own load, not from an application's fill. */
  boolean isLoaded() {
    return loaded;
  }

  long stamp() {
    return stamp;
  }

  /** Names the size alone, so that a stray log statement cannot print content. */
  @Override
  public String toString() {
    return isNegative() ? "Entry[negative]" : "Entry[" + body.length + " bytes]";
  }

  private static long validator(Value value) {
    MessageDigest digest = sha256();
    digest.update(value.mediaType().getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    digest.update(value.contentEncoding().orElse("").getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    byte[] hash = digest.digest(value.body());
    long bits = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      bits = bits << 8 | (hash[i] & 0xFF);
    }
    return bits;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
