/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.util.OptionalLong;

/**
 * A snapshot of one cache's figures. All but the first two only grow.
 *
 * @param size entries held now, outdated ones that wait for removal included
 * @param weightBytes estimated bytes held now, where the cache is bounded by weight
 * @param hits reads answered from memory, negative ones included
 * @param staleHits those of the hits that were answered during a gap
 * @param misses reads that memory could not answer
 * @param bypasses those of the misses that a gap caused
 * @param loads loads that the database answered
 * @param loadFailures loads that failed, timed out or were turned away
 * @param loadsCollapsed reads that waited for a load already under way
 * @param loadNanos how long the loads took that the database answered, all together
 * @param fills values stored by a fill or a load
 * @param refusedFills fills turned away: overtaken, foreign or expired tokens, and loads overtaken
 *     by an invalidation
 * @param keyInvalidations single keys invalidated
 * @param groupInvalidations groups invalidated
 * @param wholeInvalidations times that all entries were invalidated
 * @param rejectedPayloads those of the latter that an unreadable payload caused
 * @param expired entries removed at the end of their life
 * @param displaced entries removed for want of room
 * @param renewals how entries near and past their end were served and loaded anew
 * @param audits what {@link Audit} found
 */
public record CacheFigures(
    long size,
    OptionalLong weightBytes,
    long hits,
    long staleHits,
    long misses,
    long bypasses,
    long loads,
    long loadFailures,
    long loadsCollapsed,
    long loadNanos,
    long fills,
    long refusedFills,
    long keyInvalidations,
    long groupInvalidations,
    long wholeInvalidations,
    long rejectedPayloads,
    long expired,
    long displaced,
    Renewals renewals,
    Audits audits) {

  /**
   * What became of entries near and past their end.
   *
   * @param staleWhileRevalidate those of the hits that were answered with an entry past its end
   * @param staleIfError those of the misses that were answered so, as their load had failed
   * @param refreshes those of the answered loads that nobody waited for
   * @param refreshFailures those of the failed loads that nobody waited for
   */
  public record Renewals(
      long staleWhileRevalidate, long staleIfError, long refreshes, long refreshFailures) {}

  /**
   * Entries that were compared with the database.
   *
   * @param checked those that were equal, or whose change was on its way
   * @param stale those that differed though no change had been announced
   * @param inconclusive those whose query gives another answer each time
   */
  public record Audits(long checked, long stale, long inconclusive) {}
}
