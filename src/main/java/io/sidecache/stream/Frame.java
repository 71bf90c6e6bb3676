/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import io.sidecache.invalidation.Invalidation;
import java.nio.charset.StandardCharsets;

/**
 * One event, encoded as it goes over the wire (WHATWG HTML, "Server-sent events"). Immutable; the
 * bytes are shared by all readers.
 *
 * @param number its number in the stream
 * @param invalidation what was forgotten; everything where the event reaches all readers
 * @param kind the event's name
 * @param data one JSON object, in one line
 * @param bytes the whole event
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
record Frame(long number, Invalidation invalidation, Kind kind, String data, byte[] bytes) {

  /** What an event says. */
  enum Kind {
    INVALIDATED("invalidated"),
    RESET("reset"),
    GAP_OPENED("gap-opened"),
    GAP_CLOSED("gap-closed");

    private final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  static Frame of(StreamPosition id, Invalidation invalidation, Kind kind, String data) {
    return new Frame(id.number(), invalidation, kind, data, encode(id, kind, data));
  }

  static byte[] encode(StreamPosition id, Kind kind, String data) {
    return ("id: " + id + "\nevent: " + kind.text + "\ndata: " + data + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Whether its key's value may be told with it. */
  boolean mayCarryValue() {
    return invalidation instanceof Invalidation.Key;
  }

  /** Names no key. */
  @Override
  public String toString() {
    return "Frame[" + number + ", " + kind + "]";
  }
}
