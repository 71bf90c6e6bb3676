/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;
import java.util.Optional;

/** Ends an entry at the end of its own life, or earlier where nobody reads it. */
final class Lifetime implements Expiry<String, Entry> {
  private final long unreadNanos;

  Lifetime(Optional<Duration> expireAfterAccess) {
    this.unreadNanos = expireAfterAccess.map(Duration::toNanos).orElse(Long.MAX_VALUE);
  }

  @Override
  public long expireAfterCreate(String key, Entry entry, long nowNanos) {
    return Math.min(entry.lifeNanos(), unreadNanos);
  }

  @Override
  public long expireAfterUpdate(String key, Entry entry, long nowNanos, long leftNanos) {
    return expireAfterCreate(key, entry, nowNanos);
  }

  @Override
  public long expireAfterRead(String key, Entry entry, long nowNanos, long leftNanos) {
    return unreadNanos == Long.MAX_VALUE
        ? leftNanos
        : Math.min(entry.filledNanos() + entry.lifeNanos() - nowNanos, unreadNanos);
  }
}
