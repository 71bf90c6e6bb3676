/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A limited number of bytes for bodies that are on their way. Safe from any thread; never blocks.
 *
 * <p>Whoever is alone in it is let in with any number, so that a body that is allowed by itself is
 * never refused for ever.
 */
final class Room {
  private final long mostBytes;
  private final AtomicLong takenBytes = new AtomicLong();

  Room(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** What one body takes. One thread at a time. */
  final class Share {
    private long bytes;

    /** Takes more, unless there is too much of others' already. */
    boolean take(int more) {
      long taken = takenBytes.addAndGet(more);
      if (taken > mostBytes && taken > bytes + more) {
        takenBytes.addAndGet(-more);
        return false;
      }
      bytes += more;
      return true;
    }

    /** Gives all of it back; more than once does no harm. */
    void end() {
      takenBytes.addAndGet(-bytes);
      bytes = 0;
    }
  }

  Share share() {
    return new Share();
  }

  /** How much is taken now, in bytes. */
  long taken() {
    return takenBytes.get();
  }
}
