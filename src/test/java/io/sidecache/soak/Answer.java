/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

/**
 * One answer of the sidecar, as far as the oracle looks at it.
 *
 * @param cacheStatus the whole header; empty where there is none
 * @param age in seconds; -1 where there is none
 * @param token for a fill; empty where there is none
 * @param body the content; empty where the status is not 200
 */
record Answer(int status, String cacheStatus, long age, String token, String body) {
  static final String HIT = "sidecache; hit";
  static final String HIT_NEGATIVE = "sidecache; hit; detail=negative";
  static final String HIT_GAP = "sidecache; hit; detail=gap";

  /** From memory and said to be fresh. */
  boolean isPlainHit() {
    return cacheStatus.equals(HIT) || cacheStatus.equals(HIT_NEGATIVE);
  }

  /** From memory, said to be perhaps stale. */
  boolean isGapHit() {
    return cacheStatus.equals(HIT_GAP);
  }

  /** Read from the database, said to be put in memory. */
  boolean isStored() {
    return cacheStatus.startsWith("sidecache; fwd=uri-miss; stored");
  }

  boolean isForwarded() {
    return cacheStatus.startsWith("sidecache; fwd=");
  }
}
