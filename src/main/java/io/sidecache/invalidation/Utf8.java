/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.invalidation;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads UTF-8 strictly: octets that are none are refused, where the JDK's strings replace them. */
public final class Utf8 {
  private Utf8() {}

  /** The text of some octets; empty where they are not UTF-8. */
  public static Optional<String> text(byte[] octets) {
    return text(ByteBuffer.wrap(octets));
  }

  /** The text of what remains in the buffer; empty where that is not UTF-8. */
  public static Optional<String> text(ByteBuffer octets) {
    try { // a new decoder reports what is malformed
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(octets).toString());
    } catch (CharacterCodingException notUtf8) {
      return Optional.empty();
    }
  }
}
