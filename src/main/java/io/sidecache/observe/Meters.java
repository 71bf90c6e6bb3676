/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.sidecache.cache.CacheFigures;
import io.sidecache.cache.Caches;
import io.sidecache.cache.Freshness;
import io.sidecache.cache.NamedCache;
import io.sidecache.pipeline.Pipeline;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SourceStatus;
import io.sidecache.source.Trouble;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * All meters, named {@code sidecache.<package>.<noun>}, read when they are scraped. The only label
 * is a cache's configured name or a fixed word, never a key.
 */
public final class Meters implements MeterBinder {
  private static final String SECONDS = "seconds";

  private final InvalidationSource source;
  private final Pipeline pipeline;
  private final Caches caches;

  public Meters(InvalidationSource source, Pipeline pipeline, Caches caches) {
    this.source = source;
    this.pipeline = pipeline;
    this.caches = caches;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    bindSource(registry);
    bindGaps(registry);
    bindTroubles(registry);
    bindPipeline(registry);
    caches.all().forEach(cache -> bindCache(registry, cache));
  }

  private void bindSource(MeterRegistry registry) {
    gauge(
        registry,
        "sidecache.source.fresh",
        "1 while values are proven fresh",
        c -> bool(c.freshness().isFresh()));
    seconds(
        registry,
        "sidecache.source.lag",
        "From sending the newest heartbeat of this instance to hearing it",
        SourceStatus::lag);
    seconds(
        registry,
        "sidecache.source.heartbeat.age",
        "Age of what the newest heartbeat proved",
        SourceStatus::lastHeartbeatAge);
    seconds(
        registry,
        "sidecache.source.disconnected",
        "How long there has been no connection; 0 while there is one",
        status -> Optional.of(status.disconnectedFor().orElse(Duration.ZERO)));
    Gauge.builder(
            "sidecache.source.queue.usage", source, s -> s.status().queueUsage().orElse(Double.NaN))
        .description("How full PostgreSQL's notification queue is, 0 to 1")
        .register(registry);
    sourceCounter(
        registry,
        "sidecache.source.reconnects",
        "Lost connections that were made anew",
        SourceStatus::reconnects);
    sourceCounter(
        registry,
        "sidecache.source.forged.heartbeats",
        "Heartbeats that nobody we trust had sent",
        SourceStatus::forgedHeartbeats);
  }

  /** Told by the caches, for whom it is a gap also where the source does not know of one yet. */
  private void bindGaps(MeterRegistry registry) {
    FunctionCounter.builder("sidecache.source.gap", caches, c -> inSeconds(gaps(c).total()))
        .description("Time in which values were not proven fresh, that before the first proof too")
        .baseUnit(SECONDS)
        .register(registry);
    FunctionCounter.builder("sidecache.source.gaps", caches, c -> gaps(c).losses())
        .description("Times that values ceased to be proven fresh")
        .register(registry);
    Gauge.builder("sidecache.source.gap.age", caches, c -> inSeconds(gaps(c).present()))
        .description("How long the present gap has lasted; 0 while there is none")
        .baseUnit(SECONDS)
        .register(registry);
  }

  private static Freshness.Gaps gaps(Caches caches) {
    return caches.freshness().gaps();
  }

  private void bindTroubles(MeterRegistry registry) {
    Gauge.builder(
            "sidecache.source.polling",
            source,
            s -> bool(s.status().state() == SourceStatus.State.POLLING))
        .description("1 while the log of changes is read at each interval in place of listening")
        .register(registry);
    for (Trouble trouble : Trouble.values()) {
      FunctionCounter.builder(
              "sidecache.source.troubles",
              source,
              s -> s.status().troubles().getOrDefault(trouble, 0L))
          .description("Refused connections and gaps, by reason")
          .tag("reason", trouble.text())
          .register(registry);
    }
  }

  private void bindPipeline(MeterRegistry registry) {
    Gauge.builder("sidecache.pipeline.depth", pipeline, Pipeline::depth)
        .description("Signals that wait to be applied")
        .register(registry);
    pipelineCounter(registry, "sidecache.pipeline.signals", "Signals applied", Pipeline::applied);
    pipelineCounter(
        registry,
        "sidecache.pipeline.overflows",
        "Times the queue was full and widened to whole caches",
        Pipeline::overflows);
    pipelineCounter(
        registry,
        "sidecache.pipeline.failures",
        "Times a sink failed and forgot everything",
        Pipeline::failures);
  }

  private static void bindCache(MeterRegistry registry, NamedCache cache) {
    cacheGauge(
        registry, cache, "sidecache.cache.entries", "Entries held", null, CacheFigures::size);
    if (cache.figures().weightBytes().isPresent()) {
      cacheGauge(
          registry,
          cache,
          "sidecache.cache.weight",
          "Estimated memory held",
          BaseUnits.BYTES,
          figures -> figures.weightBytes().orElse(0));
    }
    reads(
        registry,
        cache,
        "hit",
        f -> f.hits() - f.staleHits() - f.renewals().staleWhileRevalidate());
    reads(registry, cache, "stale-hit", CacheFigures::staleHits);
    reads(registry, cache, "miss", f -> f.misses() - f.bypasses() - f.renewals().staleIfError());
    reads(registry, cache, "bypass", CacheFigures::bypasses);
    loads(registry, cache, "answered", CacheFigures::loads);
    loads(registry, cache, "failed", CacheFigures::loadFailures);
    loads(registry, cache, "collapsed", CacheFigures::loadsCollapsed);
    fills(registry, cache, "stored", CacheFigures::fills);
    fills(registry, cache, "refused", CacheFigures::refusedFills);
    evictions(registry, cache, "key", CacheFigures::keyInvalidations);
    evictions(registry, cache, "group", CacheFigures::groupInvalidations);
    evictions(registry, cache, "whole", CacheFigures::wholeInvalidations);
    evictions(registry, cache, "rejected-payload", CacheFigures::rejectedPayloads);
    evictions(registry, cache, "expired", CacheFigures::expired);
    evictions(registry, cache, "displaced", CacheFigures::displaced);
    if (cache.isReadThrough()) {
      bindLoadTimes(registry, cache);
      bindRenewals(registry, cache);
      bindAudits(registry, cache);
    }
  }

  private static void bindLoadTimes(MeterRegistry registry, NamedCache cache) {
    FunctionTimer.builder(
            "sidecache.cache.load",
            cache,
            c -> c.figures().loads(),
            c -> c.figures().loadNanos(),
            TimeUnit.NANOSECONDS)
        .description("How long the loads took that the database answered")
        .tag("cache", cache.settings().name())
        .register(registry);
  }

  private static void bindRenewals(MeterRegistry registry, NamedCache cache) {
    reads(
        registry,
        cache,
        "stale-while-revalidate",
        figures -> figures.renewals().staleWhileRevalidate());
    reads(registry, cache, "stale-if-error", figures -> figures.renewals().staleIfError());
    refreshes(registry, cache, "answered", figures -> figures.renewals().refreshes());
    refreshes(registry, cache, "failed", figures -> figures.renewals().refreshFailures());
  }

  private static void bindAudits(MeterRegistry registry, NamedCache cache) {
    audits(
        registry,
        cache,
        "checked",
        "Entries found true, or with their change on its way",
        figures -> figures.audits().checked());
    audits(
        registry,
        cache,
        "stale",
        "Entries that no announced change explains",
        figures -> figures.audits().stale());
    audits(
        registry,
        cache,
        "inconclusive",
        "Entries whose query answers differently each time",
        figures -> figures.audits().inconclusive());
  }

  private static void audits(
      MeterRegistry registry,
      NamedCache cache,
      String outcome,
      String description,
      ToLongFunction<CacheFigures> figure) {
    FunctionCounter.builder(
            "sidecache.cache.audit." + outcome, cache, c -> figure.applyAsLong(c.figures()))
        .description(description)
        .tag("cache", cache.settings().name())
        .register(registry);
  }

  private static void reads(
      MeterRegistry registry,
      NamedCache cache,
      String result,
      ToLongFunction<CacheFigures> figure) {
    cacheCounter(
        registry, cache, "sidecache.cache.reads", "Reads by result", "result", result, figure);
  }

  private static void loads(
      MeterRegistry registry,
      NamedCache cache,
      String result,
      ToLongFunction<CacheFigures> figure) {
    cacheCounter(
        registry,
        cache,
        "sidecache.cache.loads",
        "Loads from the database by result",
        "result",
        result,
        figure);
  }

  private static void refreshes(
      MeterRegistry registry,
      NamedCache cache,
      String result,
      ToLongFunction<CacheFigures> figure) {
    cacheCounter(
        registry,
        cache,
        "sidecache.cache.refreshes",
        "Those of the loads that nobody waited for, by result",
        "result",
        result,
        figure);
  }

  private static void fills(
      MeterRegistry registry,
      NamedCache cache,
      String result,
      ToLongFunction<CacheFigures> figure) {
    cacheCounter(
        registry, cache, "sidecache.cache.fills", "Fills by result", "result", result, figure);
  }

  private static void evictions(
      MeterRegistry registry, NamedCache cache, String cause, ToLongFunction<CacheFigures> figure) {
    cacheCounter(
        registry, cache, "sidecache.cache.evictions", "Evictions by cause", "cause", cause, figure);
  }

  private static void cacheCounter(
      MeterRegistry registry,
      NamedCache cache,
      String name,
      String description,
      String label,
      String value,
      ToLongFunction<CacheFigures> figure) {
    FunctionCounter.builder(name, cache, c -> figure.applyAsLong(c.figures()))
        .description(description)
        .tag("cache", cache.settings().name())
        .tag(label, value)
        .register(registry);
  }

  private static void cacheGauge(
      MeterRegistry registry,
      NamedCache cache,
      String name,
      String description,
      @Nullable String unit,
      ToLongFunction<CacheFigures> figure) {
    Gauge.builder(name, cache, c -> figure.applyAsLong(c.figures()))
        .description(description)
        .baseUnit(unit)
        .tag("cache", cache.settings().name())
        .register(registry);
  }

  private void gauge(
      MeterRegistry registry, String name, String description, ToDoubleFunction<Caches> reading) {
    Gauge.builder(name, caches, reading).description(description).register(registry);
  }

  private void seconds(
      MeterRegistry registry,
      String name,
      String description,
      Function<SourceStatus, Optional<Duration>> reading) {
    Gauge.builder(
            name, source, s -> reading.apply(s.status()).map(Meters::inSeconds).orElse(Double.NaN))
        .description(description)
        .baseUnit(SECONDS)
        .register(registry);
  }

  private void sourceCounter(
      MeterRegistry registry,
      String name,
      String description,
      ToLongFunction<SourceStatus> figure) {
    FunctionCounter.builder(name, source, s -> figure.applyAsLong(s.status()))
        .description(description)
        .register(registry);
  }

  private void pipelineCounter(
      MeterRegistry registry, String name, String description, ToLongFunction<Pipeline> figure) {
    FunctionCounter.builder(name, pipeline, p -> figure.applyAsLong(p))
        .description(description)
        .register(registry);
  }

  private static double inSeconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }

  private static double bool(boolean value) {
    return value ? 1 : 0;
  }
}
