/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Fuzzes the path of an entry, and the key that is percent-encoded in it. */
public final class PathFuzz {
  private static final String HEAD = "/v1/caches/c/entries/";

  private PathFuzz() {}

  /** One input: a key's segment, which then is read as a whole path, too. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = Oracle.latin1(input);
    Optional<String> key = key(text);
    switch (EntryPath.parse(HEAD + text)) {
      case EntryPath.OneEntry one -> {
        same("c", one.cache(), "the cache");
        same(key, Optional.of(one.key()), "the key");
        roundTrip(one.key());
      }
      case EntryPath.Malformed ignored -> holds(key.isEmpty(), "a key was refused");
      case EntryPath.AllEntries all -> throw new AssertionError("not of the entry: " + all);
      case EntryPath.Invalidations all -> throw new AssertionError("not of the entry: " + all);
      case EntryPath.Other other -> throw new AssertionError("not of the entry: " + other);
    }
    whole(text);
  }

  private static void whole(String path) {
    String[] parts = path.split("/", 6);
    boolean ofEntries =
        parts.length >= 5
            && parts[0].isEmpty()
            && parts[1].equals("v1")
            && parts[2].equals("caches")
            && parts[4].equals("entries");
    boolean ofInvalidations = path.matches("(?s)/v1/caches/[^/]*/invalidations");
    Optional<String> key = parts.length == 6 ? key(parts[5]) : Optional.empty();
    EntryPath wanted =
        !ofEntries
            ? ofInvalidations ? new EntryPath.Invalidations(parts[3]) : new EntryPath.Other()
            : parts.length == 5
                ? new EntryPath.AllEntries(parts[3])
                : key.<EntryPath>map(found -> new EntryPath.OneEntry(parts[3], found))
                    .orElse(new EntryPath.Malformed(""));
    EntryPath read = EntryPath.parse(path);
    same(wanted, read instanceof EntryPath.Malformed ? new EntryPath.Malformed("") : read, path);
  }

  private static void roundTrip(String key) {
    StringBuilder encoded = new StringBuilder(HEAD);
    for (byte octet : key.getBytes(StandardCharsets.UTF_8)) {
      encoded.append("%%%02X".formatted(octet));
    }
    same(new EntryPath.OneEntry("c", key), EntryPath.parse(encoded.toString()), "encoded again");
  }

  /** Octet by octet, by the rules of docs/http.md; empty where there is none. */
  private static Optional<String> key(String segment) {
    ByteArrayOutputStream octets = new ByteArrayOutputStream();
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c < 0x21 || c > 0x7E || c == '/') {
        return Optional.empty();
      }
      if (c != '%') {
        octets.write(c);
      } else if (segment.substring(i).matches("(?s)%[0-9A-Fa-f]{2}.*")) {
        octets.write(Integer.parseInt(segment.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        return Optional.empty();
      }
    }
    try {
      String key =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(octets.toByteArray()))
              .toString();
      return octets.size() >= 1 && octets.size() <= 512 && key.indexOf(0) < 0
          ? Optional.of(key)
          : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
