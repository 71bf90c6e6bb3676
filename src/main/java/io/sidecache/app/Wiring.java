/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import com.github.benmanes.caffeine.cache.Ticker;
import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.sidecache.cache.Audit;
import io.sidecache.cache.CacheSettings.Bound;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.CacheSettings.Renewal;
import io.sidecache.cache.Caches;
import io.sidecache.cache.FillTokens;
import io.sidecache.cache.Freshness;
import io.sidecache.cache.JdbcLoader;
import io.sidecache.cache.KeyForms;
import io.sidecache.cache.LoadGate;
import io.sidecache.cache.Loader;
import io.sidecache.cache.NamedCache;
import io.sidecache.config.ApiSettings;
import io.sidecache.config.CacheSettings;
import io.sidecache.config.ChannelSettings;
import io.sidecache.config.InvalidSettingsException;
import io.sidecache.config.ListenerSettings;
import io.sidecache.config.Secret;
import io.sidecache.config.Settings;
import io.sidecache.config.SourceKind;
import io.sidecache.observe.ListenerHealth;
import io.sidecache.pipeline.InvalidationSink;
import io.sidecache.pipeline.Pipeline;
import io.sidecache.rest.ApiGuard;
import io.sidecache.rest.BearerGuard;
import io.sidecache.rest.BrowserGuard;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.postgres.Backoff;
import io.sidecache.source.postgres.ChannelBinding;
import io.sidecache.source.postgres.CompositeKey;
import io.sidecache.source.postgres.FitPayload;
import io.sidecache.source.postgres.JsonPayload;
import io.sidecache.source.postgres.KeyPayload;
import io.sidecache.source.postgres.LogPollingSource;
import io.sidecache.source.postgres.PayloadDecoder;
import io.sidecache.source.postgres.PostgresSource;
import io.sidecache.source.postgres.PostgresSourceSettings;
import io.sidecache.source.webhook.WebhookSource;
import io.sidecache.stream.EventStream;
import io.sidecache.webhook.Webhooks;
import io.smallrye.config.SmallRyeConfig;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PGInterval;

/** Makes every part from the settings. The one place that knows them all. */
@Singleton
class Wiring {
  /** How many loads may wait for each that runs, before a reader is turned away. */
  private static final int WAITING_PER_LOAD = 64;

  /** Connections of the pool that loads leave: two to invalidations, one to heartbeats. */
  private static final int RESERVED_CONNECTIONS = 3;

  static final String DATASOURCE_URL = "quarkus.datasource.jdbc.url";

  /** How long listening waits for the schema, which it can do without. */
  private static final Duration SCHEMA_PATIENCE = Duration.ofSeconds(10);

  @Produces
  @Singleton
  Settings settings() {
    try {
      Settings settings = Settings.read(config(), sql -> LoadStatement.parse(sql).forms().size());
      requireTypedParameters(settings);
      return settings;
    } catch (InvalidSettingsException e) {
      throw new ConfigurationException(e.getMessage());
    }
  }

  /** PostgreSQL would cast a parameter to any type, and 042 find the row 42 (docs/adr/0010). */
  private static void requireTypedParameters(Settings settings) {
    String driver =
        config().getOptionalValue(DATASOURCE_URL, String.class).orElse("")
            + "&stringtype="
            + config()
                .getOptionalValue(
                    "quarkus.datasource.jdbc.additional-jdbc-properties.stringtype", String.class)
                .orElse("");
    if (driver.toLowerCase(Locale.ROOT).contains("stringtype=unspecified")
        && settings.caches().values().stream().anyMatch(cache -> cache.load().isPresent())) {
      throw new ConfigurationException(
          "sidecache cannot start: 1 setting is wrong\n"
              + "  quarkus.datasource.jdbc: stringtype=unspecified cannot be used with a cache with"
              + " load, whose keys would not be compared as they are spelt");
    }
  }

  static SmallRyeConfig config() {
    return ConfigProvider.getConfig().unwrap(SmallRyeConfig.class);
  }

  @Produces
  @Singleton
  Caches caches(Settings settings, Instance<AgroalDataSource> dataSource, Tracing tracing) {
    Ticker ticker = Ticker.systemTicker();
    Freshness freshness = new Freshness(ticker, settings.listener().heartbeatTimeout());
    FillTokens tokens = new FillTokens(ticker, new SecureRandom());
    ExecutorService threads = virtualThreads();
    int connections = config().getValue("quarkus.datasource.jdbc.max-size", Integer.class);
    LoadGate pool = new LoadGate(Math.max(1, connections - RESERVED_CONNECTIONS), 0);
    List<NamedCache> caches = new ArrayList<>();
    for (CacheSettings cache : settings.caches().values()) {
      Optional<Loader> loader =
          cache
              .load()
              .map(load -> loader(cache.name(), load, dataSource.get(), threads, pool))
              .map(untraced -> tracing.traced(cache.name(), untraced));
      caches.add(
          new NamedCache(
              settingsOf(cache),
              loader,
              freshness,
              tokens,
              ticker,
              threads,
              writing(cache, settings.channels().values())));
    }
    return new Caches(caches, freshness);
  }

  /** A key of several parts may be written by applications as any JSON array of them. */
  private static UnaryOperator<String> writing(
      CacheSettings cache, Collection<ChannelSettings> channels) {
    Set<Integer> parts = new HashSet<>();
    cache.load().ifPresent(load -> parts.add(load.parameters()));
    for (ChannelSettings channel : channels) {
      if (channel.caches().contains(cache.name())
          && channel.format() instanceof ChannelSettings.Format.JsonPointers json) {
        parts.add(json.pointers().size());
      }
    }
    parts.remove(1);
    Set<Integer> sizes = Set.copyOf(parts);
    return sizes.isEmpty() ? UnaryOperator.identity() : key -> CompositeKey.written(key, sizes);
  }

  private static ExecutorService virtualThreads() {
    return Executors.newThreadPerTaskExecutor(
        Thread.ofVirtual().name("sidecache-cache-", 0).factory());
  }

  private static Loader loader(
      String cache,
      CacheSettings.Load load,
      DataSource dataSource,
      ExecutorService threads,
      LoadGate pool) {
    LoadGate own =
        new LoadGate(
            load.maxConcurrent(),
            (int) Math.min(Integer.MAX_VALUE / 2, (long) WAITING_PER_LOAD * load.maxConcurrent()));
    JdbcLoader.Query query =
        new JdbcLoader.Query(cache, load.sql(), forms(load), load.timeout(), Wiring::duration);
    return new JdbcLoader(query, dataSource, threads, List.of(own, pool));
  }

  /**
   * PostgreSQL counts 30 days to a month and 12 months to a year where an interval is a duration.
   */
  private static Duration duration(Object interval) {
    if (!(interval instanceof PGInterval given)) {
      throw new Loader.LoadException(
          Loader.Reason.FAILED, "the column max_age of a load must be an interval");
    }
    long days = given.getYears() * 360L + given.getMonths() * 30L + given.getDays();
    Duration length =
        Duration.ofDays(days)
            .plusHours(given.getHours())
            .plusMinutes(given.getMinutes())
            .plusSeconds(given.getWholeSeconds())
            .plusNanos(given.getMicroSeconds() * 1_000L);
    return length.isNegative() ? Duration.ZERO : length;
  }

  private static io.sidecache.cache.CacheSettings settingsOf(CacheSettings cache) {
    return new io.sidecache.cache.CacheSettings(
        cache.name(),
        switch (cache.limit()) {
          case CacheSettings.Limit.Weight weight -> new Bound.Weight(weight.bytes());
          case CacheSettings.Limit.Entries entries -> new Bound.Size(entries.count());
        },
        cache.expireAfterWrite(),
        cache.expireAfterAccess(),
        cache.load().map(CacheSettings.Load::negativeTtl).orElse(Duration.ZERO),
        switch (cache.onGap()) {
          case CacheSettings.OnGap.Bypass ignored -> new OnGap.Bypass();
          case CacheSettings.OnGap.ServeStale stale -> new OnGap.ServeStale(stale.maxStale());
        },
        cache.maximumEntryBytes(),
        cache.unfencedFills(),
        new Renewal(
            cache.expiryJitterPercent(),
            cache.refreshAfterWrite(),
            cache.staleWhileRevalidate().orElse(Duration.ZERO),
            cache.staleIfError().orElse(Duration.ZERO)));
  }

  @Produces
  @Singleton
  InvalidationSource source(
      Settings settings,
      Vertx vertx,
      Instance<AgroalDataSource> dataSource,
      Instance<WebhookSource> webhook) {
    return switch (settings.source()) {
      case POSTGRES -> listening(settings, vertx, dataSource.get());
      case LOG_POLLING -> polling(settings.listener(), dataSource.get());
      case WEBHOOK -> webhook.get();
    };
  }

  private static InvalidationSource polling(ListenerSettings listener, AgroalDataSource pool) {
    return LogPollingSource.create(
        new LogPollingSource.Settings(
            listener.heartbeatInterval(),
            listener.heartbeatTimeout(),
            listener.reconnectInitial(),
            listener.reconnectMax(),
            listener.barrierTimeout()),
        pool,
        System::nanoTime,
        () -> pool.flush(AgroalDataSource.FlushMode.GRACEFUL));
  }

  private static InvalidationSource listening(
      Settings settings, Vertx vertx, AgroalDataSource pool) {
    return PostgresSource.create(
        listener(settings),
        bindings(settings),
        vertx,
        pool,
        System::nanoTime,
        () -> pool.flush(AgroalDataSource.FlushMode.GRACEFUL));
  }

  /** How is listened. */
  static PostgresSourceSettings listener(Settings settings) {
    SmallRyeConfig config = config();
    String name = settings.listener().url().isPresent() ? "sidecache.listener.url" : DATASOURCE_URL;
    try {
      return new PostgresSourceSettings(
          settings.listener().url().orElseGet(() -> config.getValue(DATASOURCE_URL, String.class)),
          config.getOptionalValue("quarkus.datasource.username", String.class),
          () -> config.getOptionalValue("quarkus.datasource.password", String.class),
          settings.listener().heartbeatInterval(),
          settings.listener().heartbeatTimeout(),
          settings.listener().reconnectInitial(),
          settings.listener().reconnectMax(),
          settings.listener().barrierTimeout(),
          settings.log().enabled());
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          "sidecache cannot start: 1 setting is wrong\n  " + name + ": " + e.getMessage());
    }
  }

  @Produces
  @Singleton
  SchemaInstallation schema(Settings settings, Instance<AgroalDataSource> dataSource) {
    SchemaMigration migration = new SchemaMigration(dataSource.get());
    return new SchemaInstallation(
        migration::attempt,
        new Backoff(
            settings.listener().reconnectInitial(),
            settings.listener().reconnectMax(),
            () -> ThreadLocalRandom.current().nextDouble()),
        SCHEMA_PATIENCE);
  }

  private static List<ChannelBinding> bindings(Settings settings) {
    List<ChannelBinding> bindings = new ArrayList<>();
    for (ChannelSettings channel : settings.channels().values()) {
      PayloadDecoder decoder =
          switch (channel.format()) {
            case ChannelSettings.Format.WholePayload ignored -> new KeyPayload();
            case ChannelSettings.Format.JsonPointers json -> new JsonPayload(json.pointers());
          };
      for (String cache : channel.caches()) {
        bindings.add(
            new ChannelBinding(channel.name(), cache, fit(decoder, settings.caches().get(cache))));
      }
    }
    return bindings;
  }

  private static PayloadDecoder fit(PayloadDecoder decoder, @Nullable CacheSettings cache) {
    if (cache == null || cache.load().isEmpty()) {
      return decoder; // a look-aside cache's keys are the application's own
    }
    return new FitPayload(decoder, forms(cache.load().get())::spelled);
  }

  private static KeyForms forms(CacheSettings.Load load) {
    return new KeyForms(
        LoadStatement.parse(load.sql()).forms(), CompositeKey::parts, CompositeKey::of);
  }

  @Produces
  @Singleton
  Audit audit(Caches caches, InvalidationSource source) {
    return new Audit(caches, source::barrier, new SecureRandom());
  }

  @Produces
  @Singleton
  Pipeline pipeline(
      Settings settings,
      Caches caches,
      EventStream stream,
      Webhooks webhooks,
      InvalidationSource source) {
    InvalidationSink waiters =
        (sequence, signal) -> {
          if (signal instanceof SourceSignal.Heartbeat heartbeat) {
            source.heartbeatApplied(heartbeat);
          }
        };
    return new Pipeline(
        settings.listener().queueCapacity(), List.of(caches, stream, waiters, webhooks));
  }

  @Produces
  @Singleton
  ApiGuard guard(Settings settings) {
    ApiSettings api = settings.api();
    return api.tokens().isEmpty()
        ? new BrowserGuard(api.clientCertificates())
        : new BearerGuard(api.tokens().stream().map(Secret::bytes).toList());
  }

  @Produces
  @Singleton
  ListenerHealth health(Settings settings, InvalidationSource source) {
    return new ListenerHealth(
        source,
        new ListenerHealth.Bounds(
            settings.health().stuckAfter(),
            settings.health().disconnectedDownAfter(),
            settings.health().readyDuringGap(),
            settings.source() == SourceKind.WEBHOOK));
  }
}
