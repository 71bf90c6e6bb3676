/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.smallrye.config.SmallRyeConfig;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * All settings of the process, checked.
 *
 * <p>Immutable. Maps are ordered by name.
 *
 * @param instance what this sidecar calls itself; the host's name where nothing is set
 * @param source how invalidations reach it
 * @param shutdownDrain how long the end may take to deliver what waits; may be zero
 * @param listener the LISTEN connection
 * @param log the durable log
 * @param schema our schema in the database
 * @param channels the channels to listen on, by the channel's true name
 * @param caches the caches, by name
 * @param health when the health checks turn
 * @param events the live stream
 * @param tracing whether loads and webhooks are traced
 * @param audit how much is compared with PostgreSQL
 * @param webhooks the peers to tell, by name
 * @param senders who may post webhooks to us, by name
 * @param api who may call the HTTP interface
 */
public record Settings(
    String instance,
    SourceKind source,
    Duration shutdownDrain,
    ListenerSettings listener,
    LogSettings log,
    SchemaSettings schema,
    Map<String, ChannelSettings> channels,
    Map<String, CacheSettings> caches,
    HealthSettings health,
    EventsSettings events,
    TracingSettings tracing,
    AuditSettings audit,
    Map<String, WebhookSettings> webhooks,
    Map<String, SenderSettings> senders,
    ApiSettings api) {

  public Settings {
    Objects.requireNonNull(instance, "instance");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(shutdownDrain, "shutdownDrain");
    Objects.requireNonNull(listener, "listener");
    Objects.requireNonNull(log, "log");
    Objects.requireNonNull(schema, "schema");
    Objects.requireNonNull(health, "health");
    Objects.requireNonNull(events, "events");
    Objects.requireNonNull(tracing, "tracing");
    Objects.requireNonNull(audit, "audit");
    Objects.requireNonNull(api, "api");
    channels = copy(channels);
    caches = copy(caches);
    webhooks = copy(webhooks);
    senders = copy(senders);
  }

  /**
   * Reads and checks all settings.
   *
   * @param config the configuration of the process, with {@link SidecacheMapping} among its
   *     mappings
   * @param counter counts the parameters of a {@code load} statement
   * @throws InvalidSettingsException where anything is wrong; it names every wrong setting
   */
  public static Settings read(SmallRyeConfig config, LoadParameters counter) {
    Problems problems = new Problems();
    NamesInUse names = NamesInUse.read(config, problems);
    Settings settings =
        new SettingsReader(
                config.getConfigMapping(SidecacheMapping.class),
                names,
                Surroundings.of(config),
                counter,
                problems)
            .read();
    if (!problems.lines().isEmpty()) {
      throw new InvalidSettingsException(problems.lines());
    }
    return settings;
  }

  // Map.copyOf would lose the order, and with it the order of every list shown to people.
  private static <V> Map<String, V> copy(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
