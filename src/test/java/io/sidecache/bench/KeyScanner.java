/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;

/**
 * Finds the numbers that are keys in the JSON of events, wherever the wire cuts it, and little
 * else, since the time that it takes is time that the server does not get. One for each stream of
 * bytes.
 */
final class KeyScanner implements ByteProcessor {
  private static final byte[] MEMBER = "\"key\":\"".getBytes(StandardCharsets.US_ASCII);

  private final IntConsumer found;
  private int matched;
  private int number;

  /**
   * Makes a scanner.
   *
   * @param found is told each key
   */
  KeyScanner(IntConsumer found) {
    this.found = found;
  }

  void scan(ByteBuf bytes) {
    bytes.forEachByte(this);
  }

  @Override
  public boolean process(byte next) {
    if (matched < MEMBER.length) {
      if (next == MEMBER[matched]) {
        matched++;
      } else {
        matched = next == MEMBER[0] ? 1 : 0;
      }
    } else if (next == '"') {
      found.accept(number);
      matched = 0;
      number = 0;
    } else {
      number = 10 * number + (next - '0');
    }
    return true;
  }
}
