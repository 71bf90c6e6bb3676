/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.sidecache.cache.CacheFigures;
import io.sidecache.cache.CacheSettings;
import io.sidecache.cache.CacheSettings.Bound;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.NamedCache;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One cache's settings and figures, as the HTTP interface shows them. Durations are ISO 8601. */
@RegisterForReflection(ignoreNested = false)
@JsonInclude(JsonInclude.Include.NON_NULL)
record CacheView(String name, boolean fresh, View settings, Figures figures) {

  /** What was configured. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record View(
      String kind,
      @Nullable Long maximumWeightBytes,
      @Nullable Long maximumSize,
      long maximumEntryBytes,
      @Nullable String expireAfterWrite,
      @Nullable String expireAfterAccess,
      int expiryJitterPercent,
      @Nullable String refreshAfterWrite,
      @Nullable String staleWhileRevalidate,
      @Nullable String staleIfError,
      @Nullable String negativeTtl,
      String onGap,
      @Nullable String maxStale,
      boolean unfencedFills) {}

  /** What was counted since the start; {@code size} and {@code weightBytes} are of now. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Figures(
      long size,
      @Nullable Long weightBytes,
      long hits,
      long staleHits,
      long misses,
      long bypasses,
      long loads,
      long loadFailures,
      long collapsed,
      long fills,
      long refusedFills,
      @Nullable Renewals renewals,
      Evictions evictions,
      @Nullable Audits audit) {}

  /** Evictions by cause: invalidated by key, group or whole, unreadable payloads, age, room. */
  record Evictions(
      long key, long group, long whole, long rejectedPayload, long expired, long displaced) {}

  /** Answers with entries past their end, and loads that nobody waited for. */
  record Renewals(
      long staleWhileRevalidate, long staleIfError, long refreshes, long refreshFailures) {}

  /** Entries compared with the database; of caches with {@code load} only. */
  record Audits(long checked, long stale, long inconclusive) {}

  static CacheView of(NamedCache cache, boolean fresh) {
    CacheSettings settings = cache.settings();
    return new CacheView(
        settings.name(),
        fresh,
        view(settings, cache.isReadThrough()),
        figures(cache.figures(), cache.isReadThrough()));
  }

  private static View view(CacheSettings settings, boolean readThrough) {
    return new View(
        readThrough ? "read-through" : "look-aside",
        settings.bound() instanceof Bound.Weight weight ? weight.bytes() : null,
        settings.bound() instanceof Bound.Size size ? size.entries() : null,
        settings.maximumEntryBytes(),
        settings.expireAfterWrite().map(Object::toString).orElse(null),
        settings.expireAfterAccess().map(Object::toString).orElse(null),
        settings.renewal().jitterPercent(),
        settings.renewal().refreshAfterWrite().map(Object::toString).orElse(null),
        orNull(settings.renewal().staleWhileRevalidate()),
        orNull(settings.renewal().staleIfError()),
        readThrough ? settings.negativeLife().toString() : null,
        settings.onGap() instanceof OnGap.ServeStale ? "serve-stale" : "bypass",
        settings.onGap() instanceof OnGap.ServeStale stale ? stale.maxStale().toString() : null,
        settings.unfencedFills());
  }

  private static @Nullable String orNull(Duration window) {
    return window.isZero() ? null : window.toString();
  }

  private static Figures figures(CacheFigures f, boolean readThrough) {
    return new Figures(
        f.size(),
        f.weightBytes().isPresent() ? f.weightBytes().getAsLong() : null,
        f.hits(),
        f.staleHits(),
        f.misses(),
        f.bypasses(),
        f.loads(),
        f.loadFailures(),
        f.loadsCollapsed(),
        f.fills(),
        f.refusedFills(),
        readThrough
            ? new Renewals(
                f.renewals().staleWhileRevalidate(),
                f.renewals().staleIfError(),
                f.renewals().refreshes(),
                f.renewals().refreshFailures())
            : null,
        new Evictions(
            f.keyInvalidations(),
            f.groupInvalidations(),
            f.wholeInvalidations(),
            f.rejectedPayloads(),
            f.expired(),
            f.displaced()),
        readThrough
            ? new Audits(f.audits().checked(), f.audits().stale(), f.audits().inconclusive())
            : null);
  }
}
