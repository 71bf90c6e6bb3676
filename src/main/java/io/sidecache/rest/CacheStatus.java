/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.sidecache.cache.Entry;
import io.sidecache.cache.NamedCache.Loaded;
import io.sidecache.cache.NamedCache.Reading;

/**
 * What {@code Cache-Status} says of an answer (RFC 9211).
 *
 * <p>{@code ttl} stands where an entry has an end, and not during a gap: for how long it is fresh
 * nobody knows then. {@code fwd-status} stands where the database's answer and ours differ, which
 * is the rule of section 2.3; a row counts as 200, none as 404.
 */
final class CacheStatus {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private CacheStatus() {}

  /** Of an answer from memory. */
  static CharSequence hit(Reading.Hit hit) {
    if (hit.duringGap()) {
      return Headers.HIT_GAP;
    }
    Entry entry = hit.entry();
    if (!entry.hasEnd()) {
      return entry.isNegative() ? Headers.HIT_NEGATIVE : Headers.HIT;
    }
    String status = "sidecache; hit; ttl=" + hit.ttlSeconds();
    if (hit.isExpired()) {
      return status + "; detail=stale-while-revalidate";
    }
    return entry.isNegative() ? status + "; detail=negative" : status;
  }

  /** Of an answer from memory, since the load failed. */
  static CharSequence onError(Reading.Hit hit) {
    // Not "hit": that would say that nobody was asked (RFC 9211, section 2.1).
    return "sidecache; fwd=stale; ttl=" + hit.ttlSeconds() + "; detail=stale-if-error";
  }

  /** Of a read that memory did not answer, and that nothing was loaded for. */
  static CharSequence miss(boolean duringGap, String reason) {
    return duringGap ? Headers.BYPASS_GAP : "sidecache; fwd=" + reason;
  }

  /**
   * Of an answer that was loaded.
   *
   * @param notModified whether it is answered 304
   */
  static CharSequence loaded(String reason, Loaded loaded, boolean notModified) {
    StringBuilder status = new StringBuilder(80).append("sidecache; fwd=");
    status.append(loaded.duringGap() ? "bypass" : reason);
    if (notModified) {
      status.append("; fwd-status=200");
    }
    if (loaded.duringGap()) {
      status.append("; detail=gap");
    } else if (loaded.stored()) {
      status.append("; stored");
      if (loaded.entry().hasEnd()) {
        status.append("; ttl=").append(loaded.entry().lifeNanos() / NANOS_PER_SECOND);
      }
    }
    return (loaded.collapsed() ? status.append("; collapsed") : status).toString();
  }

  /** Of a load that gave no answer. */
  static CharSequence loadFailed(String reason, boolean duringGap) {
    if (duringGap) {
      return Headers.BYPASS_GAP;
    }
    String first = reason.contains(";") ? reason.substring(0, reason.indexOf(';')) : reason;
    return "sidecache; fwd=" + first + "; detail=load-failed";
  }
}
