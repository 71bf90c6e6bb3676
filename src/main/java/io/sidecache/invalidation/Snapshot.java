/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.invalidation;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which transactions a reader of PostgreSQL sees: a {@code pg_snapshot} (manual, "Transaction ID
 * and Snapshot Information Functions"). Immutable. Does not name its server: transaction ids mean
 * nothing on another one, or after a promotion.
 */
public final class Snapshot {
  private final String text;
  private final long xmin;
  private final long xmax;
  private final long[] running;

  private Snapshot(String text, long xmin, long xmax, long[] running) {
    this.text = text;
    this.xmin = xmin;
    this.xmax = xmax;
    this.running = running;
  }

  /**
   * Reads the text form, {@code xmin:xmax:xip,xip…}.
   *
   * @throws IllegalArgumentException where PostgreSQL would not have written it: numbers out of
   *     order or range, xmin above xmax, a running transaction outside of them
   */
  public static Snapshot parse(String text) {
    int first = text.indexOf(':');
    int second = text.indexOf(':', first + 1);
    if (first < 0 || second < 0) {
      throw malformed();
    }
    long xmin = number(text, 0, first);
    long xmax = number(text, first + 1, second);
    long[] running = running(text, second + 1);
    long previous = xmin - 1;
    for (long xid : running) {
      if (xid <= previous || xid >= xmax) {
        throw malformed();
      }
      previous = xid;
    }
    if (xmin < 1 || xmin > xmax) {
      throw malformed();
    }
    return new Snapshot(text, xmin, xmax, running);
  }

  private static long[] running(String text, int start) {
    if (start == text.length()) {
      return new long[0];
    }
    int commas = (int) text.chars().skip(start).filter(c -> c == ',').count();
    long[] xids = new long[commas + 1];
    int from = start;
    for (int i = 0; i < xids.length; i++) {
      int comma = text.indexOf(',', from);
      int end = comma < 0 ? text.length() : comma;
      xids[i] = number(text, from, end);
      from = end + 1;
    }
    return xids;
  }

  private static long number(String text, int start, int end) {
    if (end - start < 1 || end - start > 19) {
      throw malformed();
    }
    for (int i = start; i < end; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        throw malformed();
      }
    }
    return Long.parseLong(text, start, end, 10);
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException("a snapshot must have the form 100:105:100,103");
  }

  /**
   * Whether everything that {@code earlier} sees, this one sees, too. Both must be of one server.
   *
   * <p>Errs towards no: a snapshot that lists no running transactions is believed up to its xmin
   * only, since one taken on a standby never lists any (procarray.c, {@code GetSnapshotData} during
   * recovery), and one taken in a writing transaction does not list its own.
   */
  public boolean includes(Snapshot earlier) {
    for (long xid : running) {
      if (earlier.sees(xid)) {
        return false;
      }
    }
    long end = running.length == 0 ? xmin : xmax;
    if (end >= earlier.xmax) {
      return true;
    }
    // From end on this one sees nothing, so the earlier one must see nothing there either.
    int at = Arrays.binarySearch(earlier.running, end);
    int runningThere = earlier.running.length - (at < 0 ? -at - 1 : at);
    return runningThere == earlier.xmax - end;
  }

  private boolean sees(long xid) {
    return xid < xmin || (xid < xmax && Arrays.binarySearch(running, xid) < 0);
  }

  /** As PostgreSQL wrote it. */
  @Override
  public String toString() {
    return text;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Snapshot that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }
}
