/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import io.sidecache.cache.CacheSettings.Renewal;
import java.time.Duration;
import java.util.Optional;

/**
 * How the entries of one cache age: how long each lives, from when on it is loaded anew ahead of
 * its end, and how long it may be served after that. Arithmetic alone: no clock, no state.
 *
 * <p>Lives and the time of a refresh are shortened by a part of {@code jitterPercent}, so that
 * entries that were stored together do not end together. The part follows from the key and the time
 * of the fill, so it needs no memory, and an entry's refresh stays before its end. Design:
 * docs/adr/0024.
 */
final class Ageing {
  private static final long NEVER_NANOS = Long.MAX_VALUE;

  private final long writeNanos;
  private final long unreadNanos;
  private final long negativeNanos;
  private final int jitterPercent;
  private final long refreshNanos;
  private final long refreshSoonestNanos;
  private final long revalidateNanos;
  private final long errorNanos;

  Ageing(CacheSettings settings) {
    Renewal renewal = settings.renewal();
    writeNanos = settings.expireAfterWrite().map(Ageing::nanos).orElse(Entry.ENDLESS_NANOS);
    unreadNanos = settings.expireAfterAccess().map(Ageing::nanos).orElse(NEVER_NANOS);
    negativeNanos = nanos(settings.negativeLife());
    jitterPercent = renewal.jitterPercent();
    refreshNanos = renewal.refreshAfterWrite().map(Ageing::nanos).orElse(NEVER_NANOS);
    refreshSoonestNanos = refreshNanos == NEVER_NANOS ? NEVER_NANOS : refreshNanos - spread();
    revalidateNanos = nanos(renewal.staleWhileRevalidate());
    errorNanos = nanos(renewal.staleIfError());
  }

  private long spread() {
    return refreshNanos / 100 * jitterPercent;
  }

  private static long nanos(Duration life) {
    return life.compareTo(Duration.ofNanos(Entry.ENDLESS_NANOS)) < 0
        ? life.toNanos()
        : Entry.ENDLESS_NANOS;
  }

  /**
   * The life of a value that is stored now.
   *
   * @param own what its filler or its load allows, where that is not left to the cache
   */
  long lifeNanos(String key, Optional<Duration> own, long filledNanos) {
    return jittered(own.map(Ageing::nanos).orElse(writeNanos), key, filledNanos);
  }

  /** The life of the knowledge, stored now, that there is no row. */
  long negativeLifeNanos(String key, long filledNanos) {
    return jittered(negativeNanos, key, filledNanos);
  }

  /** How long an entry may go unread; {@link Long#MAX_VALUE} for no limit. */
  long unreadNanos() {
    return unreadNanos;
  }

  /** How long an entry is kept after its fill, what it may be served stale included. */
  long keptNanos(Entry entry) {
    return entry.lifeNanos() <= 0
        ? 0 // whoever asks for no life at all does not want it served
        : entry.lifeNanos() + Math.max(revalidateNanos, errorNanos);
  }

  /** Whether an entry that has not reached its end is to be loaded anew. */
  boolean isRefreshDue(String key, Entry entry, long ageNanos) {
    return ageNanos >= refreshSoonestNanos // all that most hits have to pay
        && ageNanos >= jittered(refreshNanos, key, entry.filledNanos());
  }

  /** Whether an entry past its end may be served while it is loaded anew. */
  boolean isServedMeanwhile(Entry entry, long ageNanos) {
    return ageNanos - entry.lifeNanos() < revalidateNanos;
  }

  /** Whether an entry may be served because its load has failed. */
  boolean isServedOnError(Entry entry, long ageNanos) {
    return ageNanos - entry.lifeNanos() < errorNanos;
  }

  private long jittered(long nanos, String key, long filledNanos) {
    return nanos == Entry.ENDLESS_NANOS
        ? nanos
        : nanos - Math.unsignedMultiplyHigh(nanos / 100 * jitterPercent, mix(key, filledNanos));
  }

  /** 64 bits that look random: the finalizer of SplittableRandom over the key and the time. */
  private static long mix(String key, long filledNanos) {
    long bits = key.hashCode() * 0x9E3779B97F4A7C15L + filledNanos;
    bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
    return bits ^ (bits >>> 31);
  }
}
