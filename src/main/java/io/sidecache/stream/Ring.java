/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The most recent events, by number. Bounded in number and in bytes: the oldest go first. Safe for
 * any thread; holds its lock for at most {@link #MOST_SCANNED} steps.
 */
final class Ring {
  /** How many events one read may look at. */
  static final int MOST_SCANNED = 512;

  /** Long keys may not multiply the memory: on average an event has this much room. */
  private static final int BYTES_PER_EVENT = 1024;

  private final @Nullable Frame[] frames;
  private final long maximumBytes;
  private long newest;
  private long oldest = 1;
  private long bytes;
  private boolean gapOpen = true;

  /**
   * What a read found.
   *
   * @param frames those that are wanted, oldest first
   * @param next the place behind all that were looked at
   * @param more whether there is more behind that place
   */
  record Reading(List<Frame> frames, long next, boolean more) {}

  /**
   * Where the stream stands.
   *
   * @param newest the newest event's number
   * @param gapOpen whether a gap is open behind that event
   */
  record State(long newest, boolean gapOpen) {}

  Ring(int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity must be at least 1, was " + capacity);
    }
    this.frames = new Frame[capacity];
    this.maximumBytes = (long) capacity * BYTES_PER_EVENT;
  }

  /** Adds the event that follows the newest one. */
  synchronized void append(Frame frame) {
    if (frame.number() != newest + 1) {
      throw new IllegalArgumentException(
          "the next event is " + (newest + 1) + ", was " + frame.number());
    }
    newest = frame.number();
    if (newest - oldest >= frames.length) {
      drop();
    }
    frames[slot(newest)] = frame;
    bytes += frame.bytes().length;
    while (bytes > maximumBytes && oldest < newest) {
      drop();
    }
    gapOpen =
        switch (frame.kind()) {
          case GAP_OPENED -> true;
          case GAP_CLOSED -> false;
          case INVALIDATED, RESET -> gapOpen;
        };
  }

  private void drop() {
    Frame dropped = frames[slot(oldest)];
    frames[slot(oldest)] = null;
    bytes -= dropped == null ? 0 : dropped.bytes().length;
    oldest++;
  }

  private int slot(long number) {
    return (int) (number % frames.length);
  }

  synchronized State state() {
    return new State(newest, gapOpen);
  }

  /** Whether events behind this place are gone, or it is a place that never was. */
  synchronized boolean hasLost(long cursor) {
    return cursor + 1 < oldest || cursor > newest;
  }

  /** How many events it holds. */
  synchronized long size() {
    return newest - oldest + 1;
  }

  /**
   * Reads what follows a place; null where that is lost.
   *
   * @param mostFrames how many events to give at most
   * @param mostBytes when to stop giving more
   */
  synchronized @Nullable Reading read(
      long cursor, StreamFilter filter, int mostFrames, int mostBytes) {
    if (hasLost(cursor)) {
      return null;
    }
    List<Frame> found = new ArrayList<>();
    long foundBytes = 0;
    long next = cursor;
    long end = Math.min(newest, cursor + MOST_SCANNED);
    while (next < end && found.size() < mostFrames && foundBytes < mostBytes) {
      next++;
      Frame frame = frames[slot(next)];
      if (frame != null && filter.wants(frame.invalidation())) {
        found.add(frame);
        foundBytes += frame.bytes().length;
      }
    }
    return new Reading(found, next, next < newest);
  }
}
