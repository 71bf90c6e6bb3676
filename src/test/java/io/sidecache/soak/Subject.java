/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.nio.charset.StandardCharsets;

/** A cache under test, and the table of the same name behind it; keys are 1 to {@code keys}. */
public enum Subject {
  /** Attached, read-through: exact evictions, exact catch-up. */
  ROWS(400, true, false, true),
  /** Attached, look-aside: filled by {@link Filler}s, often late. */
  ASIDE(200, false, false, true),
  /** Fed by a user's trigger through a configured channel; served stale during gaps. */
  FED(200, true, false, true),
  /** Evicted by group alone. No deletes: a negative entry is in no group. */
  GROUPED(100, true, true, false),
  /** Attached, read-through, truncated now and then. */
  SMALL(20, true, false, true),
  /**
   * Attached, read-through, with entries that soon come to their end: refreshed ahead of it, served
   * past it. See {@link Oracle}.
   */
  AGEING(100, true, false, true);

  /** How many keys share a group of {@link #GROUPED}. */
  static final int GROUP_KEYS = 5;

  final int keys;
  final boolean readThrough;
  final boolean byGroup;
  final boolean deletes;

  Subject(int keys, boolean readThrough, boolean byGroup, boolean deletes) {
    this.keys = keys;
    this.readThrough = readThrough;
    this.byGroup = byGroup;
    this.deletes = deletes;
  }

  /** Of the cache, the table and the path. */
  public String title() {
    return switch (this) {
      case ROWS -> "rows";
      case ASIDE -> "aside";
      case FED -> "fed";
      case GROUPED -> "grouped";
      case SMALL -> "small";
      case AGEING -> "ageing";
    };
  }

  /** Whether only loads that may be shared put values in memory: reads then never go back. */
  boolean isMonotonic() {
    return this == ROWS || this == SMALL || this == AGEING;
  }

  public String path(int key) {
    return "/v1/caches/" + title() + "/entries/" + key;
  }

  static String group(int key) {
    return "g" + key / GROUP_KEYS;
  }

  /** A whole GET request. */
  public byte[] get(int key) {
    return ("GET " + path(key) + " HTTP/1.1\r\nHost: sidecar\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
