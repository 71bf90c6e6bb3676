/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.sidecache.config.CacheSettings.Limit;
import io.sidecache.config.CacheSettings.Load;
import io.sidecache.config.CacheSettings.OnGap;
import io.sidecache.config.ChannelSettings.Format;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Checks {@code sidecache.caches}. */
final class CachesReader {
  private static final String GROUP = "caches";
  private static final long DEFAULT_WEIGHT_BYTES = 64L << 20;
  private static final long DEFAULT_ENTRY_BYTES = 1L << 20;
  // A value is one array and one response body; far above what a cache beside a process is for.
  private static final long LARGEST_ENTRY_BYTES = 1L << 30;
  private static final long MOST_ENTRIES = 1_000_000_000;
  private static final Duration DEFAULT_LOAD_TIMEOUT = Duration.ofSeconds(2);
  private static final int DEFAULT_CONCURRENT_LOADS = 16;
  private static final int MOST_CONCURRENT_LOADS = 10_000;
  private static final long DEFAULT_JITTER_PERCENT = 10;
  private static final long MOST_JITTER_PERCENT = 50;
  private static final Duration DEFAULT_NEGATIVE_TTL = Duration.ofSeconds(30);

  private final Problems problems;
  private final Values values;
  private final LoadParameters counter;
  private final Collection<ChannelSettings> channels;

  CachesReader(Values values, LoadParameters counter, Collection<ChannelSettings> channels) {
    this.problems = values.problems();
    this.values = values;
    this.counter = counter;
    this.channels = channels;
  }

  Map<String, CacheSettings> read(
      Collection<String> keys, Map<String, SidecacheMapping.Cache> raw) {
    Map<String, CacheSettings> caches = new LinkedHashMap<>();
    for (String name : keys) {
      SidecacheMapping.Cache cache = raw.get(name);
      if (cache != null) {
        values.plainName(GROUP, name);
        caches.put(name, read(name, cache));
      }
    }
    return caches;
  }

  private CacheSettings read(String name, SidecacheMapping.Cache raw) {
    Limit limit = limit(name, raw);
    Optional<Duration> life =
        values.duration(of(name, "expire-after-write"), raw.expireAfterWrite());
    return new CacheSettings(
        name,
        limit,
        entryBytes(name, raw, limit),
        life,
        values.duration(of(name, "expire-after-access"), raw.expireAfterAccess()),
        jitter(name, raw),
        refreshAfterWrite(name, raw, life),
        load(name, raw),
        onGap(name, raw),
        values.flag(of(name, "unfenced-fills"), raw.unfencedFills()).orElse(false),
        values.duration(of(name, "stale-while-revalidate"), raw.staleWhileRevalidate()),
        values.duration(of(name, "stale-if-error"), raw.staleIfError()));
  }

  private Limit limit(String name, SidecacheMapping.Cache raw) {
    if (raw.maximumSize().isPresent() && raw.maximumWeight().isPresent()) {
      problems.wrong(
          of(name, "maximum-size"),
          raw.maximumSize().get(),
          "contradicts maximum-weight; limit a cache by memory or by number");
    }
    Optional<Long> count =
        values.number(of(name, "maximum-size"), raw.maximumSize(), 1, MOST_ENTRIES);
    Optional<Long> bytes = values.memory(of(name, "maximum-weight"), raw.maximumWeight());
    return count.isPresent()
        ? new Limit.Entries(count.get())
        : new Limit.Weight(bytes.orElse(DEFAULT_WEIGHT_BYTES));
  }

  private long entryBytes(String name, SidecacheMapping.Cache raw, Limit limit) {
    String setting = of(name, "maximum-entry-size");
    long largest =
        switch (limit) {
          case Limit.Weight weight -> Math.min(weight.bytes(), LARGEST_ENTRY_BYTES);
          case Limit.Entries _ -> LARGEST_ENTRY_BYTES;
        };
    Optional<Long> bytes = values.memory(setting, raw.maximumEntrySize());
    if (bytes.isPresent() && bytes.get() > largest) {
      problems.wrong(
          setting,
          raw.maximumEntrySize().orElse(""),
          largest == LARGEST_ENTRY_BYTES
              ? "must be at most " + MemorySizeText.of(largest)
              : "must be at most maximum-weight (" + MemorySizeText.of(largest) + ")");
    }
    return Math.min(bytes.orElse(DEFAULT_ENTRY_BYTES), largest);
  }

  private OnGap onGap(String name, SidecacheMapping.Cache raw) {
    String setting = of(name, "max-stale");
    String word =
        values.word(of(name, "on-gap"), raw.onGap(), "bypass", List.of("bypass", "serve-stale"));
    if ("serve-stale".equals(word)) {
      if (raw.maxStale().isEmpty()) {
        problems.missing(
            setting, "on-gap serve-stale needs a bound on how stale a value may get, such as 5m");
      }
      return values
          .duration(setting, raw.maxStale())
          .<OnGap>map(OnGap.ServeStale::new)
          .orElseGet(OnGap.Bypass::new);
    }
    if (raw.maxStale().isPresent() && !problems.has(of(name, "on-gap"))) {
      problems.wrong(setting, raw.maxStale().get(), "is for on-gap serve-stale alone");
    }
    return new OnGap.Bypass();
  }

  private int jitter(String name, SidecacheMapping.Cache raw) {
    return Math.toIntExact(
        values
            .number(of(name, "expiry-jitter"), raw.expiryJitter(), 0, MOST_JITTER_PERCENT)
            .orElse(DEFAULT_JITTER_PERCENT));
  }

  private Optional<Duration> refreshAfterWrite(
      String name, SidecacheMapping.Cache raw, Optional<Duration> life) {
    String setting = of(name, "refresh-after-write");
    Optional<Duration> age = values.duration(setting, raw.refreshAfterWrite());
    if (age.isPresent() && life.isPresent() && age.get().compareTo(life.get()) >= 0) {
      problems.wrong(
          setting,
          raw.refreshAfterWrite().orElse(""),
          "must be shorter than expire-after-write ("
              + raw.expireAfterWrite().orElse("")
              + "), or it would never come to it");
    }
    return age;
  }

  private Optional<Load> load(String name, SidecacheMapping.Cache raw) {
    if (raw.load().isEmpty()) {
      refuseWithoutLoad(of(name, "load-timeout"), raw.loadTimeout());
      refuseWithoutLoad(of(name, "max-concurrent-loads"), raw.maxConcurrentLoads());
      refuseWithoutLoad(of(name, "negative-ttl"), raw.negativeTtl());
      refuseWithoutLoad(of(name, "refresh-after-write"), raw.refreshAfterWrite());
      refuseWithoutLoad(of(name, "stale-while-revalidate"), raw.staleWhileRevalidate());
      refuseWithoutLoad(of(name, "stale-if-error"), raw.staleIfError());
      return Optional.empty();
    }
    String sql = raw.load().get();
    Duration timeout =
        values.duration(of(name, "load-timeout"), raw.loadTimeout(), DEFAULT_LOAD_TIMEOUT);
    long concurrent =
        values
            .number(
                of(name, "max-concurrent-loads"),
                raw.maxConcurrentLoads(),
                1,
                MOST_CONCURRENT_LOADS)
            .orElse((long) DEFAULT_CONCURRENT_LOADS);
    Duration negativeTtl =
        values.durationOrZero(of(name, "negative-ttl"), raw.negativeTtl(), DEFAULT_NEGATIVE_TTL);
    return parameters(name, sql)
        .map(
            parameters ->
                new Load(sql, parameters, timeout, Math.toIntExact(concurrent), negativeTtl));
  }

  private void refuseWithoutLoad(String setting, Optional<String> text) {
    text.ifPresent(
        value -> problems.wrong(setting, value, "is for a cache with load, which is not set"));
  }

  private Optional<Integer> parameters(String name, String sql) {
    String setting = of(name, "load");
    if (problems.has(setting)) {
      return Optional.empty();
    }
    int count;
    try {
      count = counter.count(sql);
    } catch (IllegalArgumentException e) {
      problems.wrong(setting, sql, String.valueOf(e.getMessage()));
      return Optional.empty();
    }
    if (count < 1) {
      problems.wrong(setting, sql, "must have a ? parameter for the key");
      return Optional.empty();
    }
    for (ChannelSettings channel : channels) {
      int parts =
          switch (channel.format()) {
            case Format.WholePayload _ -> 1;
            case Format.JsonPointers json -> json.pointers().size();
          };
      if (channel.caches().contains(name) && parts != count) {
        problems.wrong(setting, sql, mismatch(channel, parts, count));
      }
    }
    return problems.has(setting) ? Optional.empty() : Optional.of(count);
  }

  private static String mismatch(ChannelSettings channel, int parts, int parameters) {
    return "has "
        + parameters
        + (parameters == 1 ? " ? parameter" : " ? parameters")
        + ", but the keys of channel "
        + channel.name()
        + " have "
        + parts
        + (parts == 1 ? " part" : " parts")
        + "; it needs one parameter for each"
        + (channel.format() instanceof Format.WholePayload
            ? " (where the payload is a JSON array, use format json with the pointers /0, /1)"
            : "");
  }

  private static String of(String name, String suffix) {
    return SettingNames.of(GROUP, name, suffix);
  }
}
