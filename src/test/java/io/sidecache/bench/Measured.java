/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * How long requests took from the moment at which they were due, by kind, in nanoseconds. One
 * thread writes it.
 */
final class Measured {
  private static final long LONGEST_NANOS = 60_000_000_000L;

  private final Map<Kind, Histogram> kinds = new EnumMap<>(Kind.class);

  /** What became of a request. */
  enum Kind {
    /** From memory. */
    HIT,
    /** Not in memory; read from the database. */
    LOAD,
    /** Not in memory; the application is to fill. */
    MISS,
    /** The application's fill. */
    FILL,
    /** An invalidation everywhere that was answered. */
    INVALIDATION,
    /** Turned away, or failed. */
    REFUSED,
    /** No request: a row's change, from the moment it was due to its commit's return. */
    COMMIT,
    /** No request: how late the driver itself was to send. */
    DRIVER
  }

  Measured() {
    for (Kind kind : Kind.values()) {
      kinds.put(kind, new Histogram(LONGEST_NANOS, 3));
    }
  }

  Histogram of(Kind kind) {
    Histogram histogram = kinds.get(kind);
    if (histogram == null) {
      throw new IllegalStateException("all kinds have one");
    }
    return histogram;
  }

  void took(Kind kind, long nanos) {
    of(kind).recordValue(Math.min(LONGEST_NANOS, Math.max(0, nanos)));
  }

  void add(Measured other) {
    kinds.forEach((kind, histogram) -> histogram.add(other.of(kind)));
  }

  long count(Kind kind) {
    return of(kind).getTotalCount();
  }

  /** In nanoseconds; 0 where there is nothing of the kind. */
  double percentile(Kind kind, double percentile) {
    return of(kind).getValueAtPercentile(percentile);
  }
}
