/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import java.util.Optional;

/** What a key or a group has to be like to be one. */
final class NameRule {
  /** The largest name in octets of UTF-8; what the functions of the schema take, too. */
  static final int MAXIMUM_BYTES = 512;

  private NameRule() {}

  /**
   * The rule that a name breaks, without the name.
   *
   * @param what names the kind of name in the rule, such as "the key"
   */
  static Optional<String> broken(String what, String name) {
    int bytes = 0;
    for (int i = 0; i < name.length() && bytes <= MAXIMUM_BYTES; i++) {
      char c = name.charAt(i);
      if (c == 0) {
        return Optional.of(what + " must not hold a NUL, which PostgreSQL's text cannot hold");
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < name.length()
          && Character.isLowSurrogate(name.charAt(i + 1))) {
        bytes += 4;
        i++;
      } else if (Character.isSurrogate(c)) {
        return Optional.of(what + " must be Unicode text: half a surrogate pair is none");
      } else {
        bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
      }
    }
    if (bytes == 0) {
      return Optional.of(what + " must not be empty");
    }
    return bytes > MAXIMUM_BYTES
        ? Optional.of(what + " must have at most " + MAXIMUM_BYTES + " bytes of UTF-8")
        : Optional.empty();
  }
}
