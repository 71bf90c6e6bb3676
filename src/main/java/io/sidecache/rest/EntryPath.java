/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.invalidation.Utf8;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;

/**
 * What a request path says about entries, read from its raw form.
 *
 * <p>Routers normalise paths: {@code %2E%2E} becomes {@code ..} and takes its neighbour away,
 * {@code %2F} becomes a separator. A key may hold anything, so its segment is decoded here, once,
 * from the octets that the client sent (RFC 3986, section 2.1).
 */
sealed interface EntryPath {
  /** The largest key in octets of UTF-8. */
  int MAXIMUM_KEY_BYTES = 512;

  /** {@code /v1/caches/{cache}/entries/{key}}. */
  record OneEntry(String cache, String key) implements EntryPath {}

  /** {@code /v1/caches/{cache}/entries}. */
  record AllEntries(String cache) implements EntryPath {}

  /** {@code /v1/caches/{cache}/invalidations}. */
  record Invalidations(String cache) implements EntryPath {}

  /** Meant for an entry, but not one; {@code rule} says what was broken, without the key. */
  record Malformed(String rule) implements EntryPath {}

  /** Some other resource. */
  record Other() implements EntryPath {}

  /** Reads the path of a request target, without its query. */
  static EntryPath parse(String path) {
    if (!path.startsWith(CACHES)) {
      return OTHER;
    }
    int cacheEnd = path.indexOf('/', CACHES.length());
    if (cacheEnd < 0) {
      return OTHER;
    }
    if (path.startsWith(INVALIDATIONS, cacheEnd)
        && path.length() == cacheEnd + INVALIDATIONS.length()) {
      return new Invalidations(path.substring(CACHES.length(), cacheEnd));
    }
    if (!path.startsWith(ENTRIES, cacheEnd)) {
      return OTHER;
    }
    int entriesEnd = cacheEnd + ENTRIES.length();
    if (path.length() > entriesEnd && path.charAt(entriesEnd) != '/') {
      return OTHER;
    }
    String cache = path.substring(CACHES.length(), cacheEnd);
    if (path.length() == entriesEnd) {
      return new AllEntries(cache);
    }
    return entry(cache, path.substring(entriesEnd + 1));
  }

  private static EntryPath entry(String cache, String segment) {
    if (segment.isEmpty()) {
      return new Malformed("the key must not be empty");
    }
    if (segment.indexOf('/') >= 0) {
      return new Malformed("the key is one path segment: write / as %2F");
    }
    if (isPlain(segment)) {
      return segment.length() <= MAXIMUM_KEY_BYTES
          ? new OneEntry(cache, segment)
          : new Malformed(TOO_LONG);
    }
    return decoded(cache, segment);
  }

  private static boolean isPlain(String segment) {
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c == '%' || c <= ' ' || c >= 0x7F) {
        return false;
      }
    }
    return true;
  }

  private static EntryPath decoded(String cache, String segment) {
    ByteBuffer octets = ByteBuffer.allocate(segment.length());
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c == '%') {
        if (i + 2 >= segment.length()
            || !HexFormat.isHexDigit(segment.charAt(i + 1))
            || !HexFormat.isHexDigit(segment.charAt(i + 2))) {
          return new Malformed("a % in the key must be followed by two hexadecimal digits");
        }
        octets.put((byte) HexFormat.fromHexDigits(segment, i + 1, i + 3));
        i += 2;
      } else if (c <= ' ' || c >= 0x7F) {
        return new Malformed("a character outside of visible ASCII must be percent-encoded");
      } else {
        octets.put((byte) c);
      }
    }
    return fromOctets(cache, octets.flip());
  }

  private static EntryPath fromOctets(String cache, ByteBuffer octets) {
    if (octets.remaining() > MAXIMUM_KEY_BYTES) {
      return new Malformed(TOO_LONG);
    }
    Optional<String> key = Utf8.text(octets);
    if (key.isEmpty()) {
      return new Malformed("the key must be UTF-8");
    }
    if (key.get().indexOf(0) >= 0) {
      return new Malformed("the key must not hold a NUL, which PostgreSQL's text cannot hold");
    }
    return new OneEntry(cache, key.get());
  }

  /** Start of every such path. */
  String CACHES = "/v1/caches/";

  /** What follows the cache's name. */
  String ENTRIES = "/entries";

  /** The same, of what evicts many. */
  String INVALIDATIONS = "/invalidations";

  /** The rule of the key's length. */
  String TOO_LONG = "the key must have at most " + MAXIMUM_KEY_BYTES + " bytes of UTF-8";

  /** The one value of its type. */
  EntryPath OTHER = new Other();
}
