/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.util.concurrent.locks.ReentrantLock;

/**
 * What is known of one key: its newest versions, what became of them, and the newest events for
 * people.
 *
 * <p>A version is handed out once and only grows; some stand for the row's absence. Whoever writes
 * the key holds {@link #writing} from handing out a version until its outcome is known, so versions
 * commit in their order. Safe from any thread.
 */
public final class KeyHistory {
  /** What an answer without a row is taken for. */
  static final long ABSENT = -1;

  /** No bound is known. */
  public static final long NONE = -1;

  private static final int DEPTH = 256;
  private static final int EVENTS = 48;

  private enum State {
    PENDING,
    COMMITTED,
    ROLLED_BACK
  }

  private record Version(long number, boolean absent, State state, long nanos) {}

  public final Subject subject;
  public final int key;
  public final ReentrantLock writing = new ReentrantLock();

  private final Version[] versions = new Version[DEPTH];
  private final String[] events = new String[EVENTS];
  private int nextEvent;
  private long issued;
  private boolean absent;
  private long witnessed = NONE;
  private long lastSeen = Long.MIN_VALUE;
  private String lastStatus = "";

  /** Begins with version 1, committed before everything. */
  KeyHistory(Subject subject, int key, long nanos) {
    this.subject = subject;
    this.key = key;
    this.issued = 1;
    put(new Version(1, false, State.COMMITTED, nanos));
  }

  private void put(Version version) {
    versions[(int) (version.number % DEPTH)] = version;
  }

  /** Null where it was never handed out, or too long ago. */
  private Version at(long number) {
    Version version = versions[(int) (number % DEPTH)];
    return version != null && version.number == number ? version : UNKNOWN;
  }

  private static final Version UNKNOWN = new Version(NONE, false, State.PENDING, 0);

  /** Whether the newest committed version is the row's absence. For the holder of the lock. */
  synchronized boolean isAbsent() {
    return absent;
  }

  /** Hands out the next version. For the holder of the lock. */
  public synchronized long issue(boolean rowAbsent) {
    issued++;
    put(new Version(issued, rowAbsent, State.PENDING, 0));
    return issued;
  }

  public synchronized void committed(long number, long nanos) {
    boolean rowAbsent = at(number).absent;
    put(new Version(number, rowAbsent, State.COMMITTED, nanos));
    absent = rowAbsent;
    event(nanos, "committed " + number + (rowAbsent ? " (no row)" : ""));
  }

  public synchronized void rolledBack(long number, long nanos) {
    put(new Version(number, at(number).absent, State.ROLLED_BACK, nanos));
    event(nanos, "rolled back " + number);
  }

  /** The newest version that was committed before this time; {@link #NONE} if it is forgotten. */
  synchronized long floor(long beforeNanos) {
    for (long number = issued; number > 0 && number > issued - DEPTH; number--) {
      Version version = at(number);
      if (version.state == State.COMMITTED && version.nanos - beforeNanos < 0) {
        return number;
      }
    }
    return NONE;
  }

  /** Whether a value of this version can have come from the database. */
  synchronized boolean isPossible(long number) {
    return number >= 1
        && number <= issued
        && (number <= issued - DEPTH || at(number).state != State.ROLLED_BACK);
  }

  /** The oldest version from this one on that an answer without a row can mean. */
  synchronized long absentFrom(long lower) {
    for (long number = Math.max(Math.max(1, lower), issued - DEPTH + 1);
        number <= issued;
        number++) {
      Version version = at(number);
      if (version.number == number && version.absent && version.state != State.ROLLED_BACK) {
        return number;
      }
    }
    return NONE;
  }

  /** The greatest version that an answer gave as in memory. */
  synchronized long witnessed() {
    return witnessed;
  }

  synchronized void witness(long number) {
    witnessed = Math.max(witnessed, number);
  }

  /** Keeps what was answered, where it differs from the answer before. */
  synchronized void answered(long version, String status, long begunNanos, long endedNanos) {
    if (version != lastSeen || !status.equals(lastStatus)) {
      lastSeen = version;
      lastStatus = status;
      event(
          endedNanos,
          "answered "
              + (version == ABSENT ? "no row" : "version " + version)
              + ", "
              + status
              + ", asked at "
              + seconds(begunNanos));
    }
  }

  synchronized void event(long nanos, String what) {
    events[nextEvent++ % EVENTS] = seconds(nanos) + " " + what;
  }

  private static String seconds(long nanos) {
    return "%.6f".formatted(nanos / 1e9);
  }

  /** The newest events, the oldest first. */
  synchronized String describe() {
    StringBuilder text = new StringBuilder();
    for (int i = Math.max(0, nextEvent - EVENTS); i < nextEvent; i++) {
      text.append("    ").append(events[i % EVENTS]).append('\n');
    }
    return text.toString();
  }
}
