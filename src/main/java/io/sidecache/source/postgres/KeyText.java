/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

/** The rule for keys: 1 to 512 bytes of UTF-8, well-formed and without a NUL. */
final class KeyText {
  private static final int MAXIMUM_BYTES = 512;

  private KeyText() {}

  /**
   * Gives the text back where it is a key.
   *
   * <p>A NUL cannot stand in a PostgreSQL text value (manual, "Character Types"), so a key with one
   * names no row; half a surrogate pair has no UTF-8 form at all.
   */
  static String check(String text) throws UnreadablePayloadException {
    int bytes = 0;
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        if (c == 0) {
          throw new UnreadablePayloadException("the key contains a NUL");
        }
        bytes++;
      } else if (c < 0x800) {
        bytes += 2;
      } else if (!Character.isSurrogate(c)) {
        bytes += 3;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        bytes += 4;
        i++;
      } else {
        throw new UnreadablePayloadException("the key contains half a surrogate pair");
      }
    }
    if (bytes == 0) {
      throw new UnreadablePayloadException("the key is empty");
    }
    if (bytes > MAXIMUM_BYTES) {
      throw new UnreadablePayloadException("the key has " + bytes + " bytes, more than 512");
    }
    return text;
  }
}
