/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Expiry;

/** Tells Caffeine until when to keep an entry; earlier where nobody reads it. */
final class Lifetime implements Expiry<String, Entry> {
  private final Ageing ageing;

  Lifetime(Ageing ageing) {
    this.ageing = ageing;
  }

  @Override
  public long expireAfterCreate(String key, Entry entry, long nowNanos) {
    return Math.min(ageing.keptNanos(entry), ageing.unreadNanos());
  }

  @Override
  public long expireAfterUpdate(String key, Entry entry, long nowNanos, long leftNanos) {
    return expireAfterCreate(key, entry, nowNanos);
  }

  @Override
  public long expireAfterRead(String key, Entry entry, long nowNanos, long leftNanos) {
    return ageing.unreadNanos() == Long.MAX_VALUE
        ? leftNanos
        : Math.min(entry.filledNanos() + ageing.keptNanos(entry) - nowNanos, ageing.unreadNanos());
  }
}
