/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.pipeline.Event;

/**
 * An event on its way to peers. Immutable and shared by all of their queues.
 *
 * @param number tells it from all others of the process; rises
 * @param event what the peers are told
 * @param mostBytes how many bytes it takes in a batch at most
 */
record Told(long number, Event event, int mostBytes) {
  /** What an event has around its names, at most. */
  private static final int AROUND_BYTES = 640;

  static Told of(long number, Event event) {
    return new Told(number, event, AROUND_BYTES + namesBytes(event.invalidation()));
  }

  private static int namesBytes(Invalidation invalidation) {
    return switch (invalidation) {
      case Invalidation.Key key -> bytes(key.cache()) + bytes(key.key());
      case Invalidation.Tag tag -> bytes(tag.cache()) + bytes(tag.tag());
      case Invalidation.WholeCache whole -> bytes(whole.cache());
      case Invalidation.Everything _ -> 0;
    };
  }

  /** Each name stands once in JSON and once percent-encoded. */
  private static int bytes(String name) {
    int bytes = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c < 0x20) {
        bytes += 6 + 3;
      } else if (c < 0x80) {
        bytes += 2 + 3;
      } else {
        bytes += 6 + 9;
      }
    }
    return bytes;
  }
}
