/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One answer of the sidecar, as far as the oracle looks at it.
 *
 * @param cacheStatus the whole header; empty where there is none
 * @param age in seconds; -1 where there is none
 * @param token for a fill; empty where there is none
 * @param retryAfter whether it says when to ask again
 * @param body the content; empty where the status is not 200
 */
public record Answer(
    int status, String cacheStatus, long age, String token, boolean retryAfter, String body) {
  static final String HIT_GAP = "sidecache; hit; detail=gap";

  private static final Pattern HIT_STALE =
      Pattern.compile("sidecache; hit; ttl=(-?\\d+); detail=stale-while-revalidate");
  private static final Pattern PLAIN_HIT =
      Pattern.compile("sidecache; hit(; ttl=\\d+)?(; detail=negative)?");
  private static final Pattern ERROR_STALE =
      Pattern.compile("sidecache; fwd=stale; ttl=(-?\\d+); detail=stale-if-error");

  /** From memory and said to be fresh. */
  public boolean isPlainHit() {
    return PLAIN_HIT.matcher(cacheStatus).matches();
  }

  /** From memory, said to be perhaps stale. */
  boolean isGapHit() {
    return cacheStatus.equals(HIT_GAP);
  }

  /** From memory past its end, while it is loaded anew; said not to have been invalidated. */
  boolean isStaleWhileRevalidate() {
    return HIT_STALE.matcher(cacheStatus).matches();
  }

  /** From memory past its end, as the load failed; said not to have been invalidated. */
  boolean isStaleIfError() {
    return ERROR_STALE.matcher(cacheStatus).matches();
  }

  /** From memory, said to be what the database holds as far as it has told. */
  boolean isFromMemory() {
    return isPlainHit() || isStaleWhileRevalidate() || isStaleIfError();
  }

  /** What is left of its life in seconds, as a stale answer says. */
  long ttl() {
    for (Pattern pattern : List.of(HIT_STALE, ERROR_STALE)) {
      Matcher matcher = pattern.matcher(cacheStatus);
      if (matcher.matches()) {
        return Long.parseLong(matcher.group(1));
      }
    }
    throw new IllegalStateException("tells no ttl: " + cacheStatus);
  }

  /** Read from the database, said to be put in memory. */
  boolean isStored() {
    return cacheStatus.startsWith("sidecache; fwd=uri-miss; stored")
        || cacheStatus.startsWith("sidecache; fwd=stale; stored");
  }

  /** Read from the database. */
  public boolean isForwarded() {
    return cacheStatus.startsWith("sidecache; fwd=") && !isStaleIfError();
  }
}
