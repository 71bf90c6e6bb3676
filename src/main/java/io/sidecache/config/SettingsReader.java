/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the settings as written into checked ones, and notes everything that is wrong. */
final class SettingsReader {
  private static final Duration SHORTEST_HEARTBEAT = Duration.ofMillis(10);
  private static final int LEAST_QUEUE = 16;
  private static final int LARGEST_QUEUE = 16_777_216;
  private static final int MOST_AUDITS = 6_000;

  private final SidecacheMapping raw;
  private final NamesInUse names;
  private final Surroundings surroundings;
  private final LoadParameters counter;
  private final Problems problems;
  private final Values values;

  SettingsReader(
      SidecacheMapping raw,
      NamesInUse names,
      Surroundings surroundings,
      LoadParameters counter,
      Problems problems) {
    this.raw = raw;
    this.names = names;
    this.surroundings = surroundings;
    this.counter = counter;
    this.problems = problems;
    this.values = new Values(problems);
  }

  /** The settings; only to be used where no problem was noted. */
  Settings read() {
    Collection<String> cacheNames = names.keys("caches");
    PeersReader peers = new PeersReader(values, cacheNames);
    Map<String, ChannelSettings> channels =
        new ChannelsReader(values, cacheNames).read(names.keys("channels"), raw.channels());
    ListenerSettings listener = listener(raw.listener());
    Settings settings =
        new Settings(
            instance(),
            source(),
            values.durationOrZero(
                SettingNames.of("shutdown-drain"), raw.shutdownDrain(), Duration.ofSeconds(5)),
            listener,
            log(raw.log()),
            new SchemaSettings(
                values.flag(SettingNames.of("schema.migrate"), raw.schema().migrate())),
            channels,
            new CachesReader(values, counter, channels.values()).read(cacheNames, raw.caches()),
            health(raw.health(), listener),
            EventsSettings.read(values, raw.events()),
            TracingSettings.read(values, raw.tracing()),
            audit(raw.audit()),
            peers.webhooks(names.keys("webhooks"), raw.webhooks()),
            peers.senders(names.keys("senders"), raw.senders()),
            peers.api(raw.api()));
    checkTogether(settings);
    return settings;
  }

  private String instance() {
    String name = SettingNames.of("instance");
    if (raw.instance().isEmpty()) {
      // Nobody chose the host's name for us, so what cannot stand in ours is no mistake.
      String host = surroundings.hostName().replaceAll("[^A-Za-z0-9._-]", "-");
      return host.length() > 128 ? host.substring(0, 128) : host;
    }
    String instance = raw.instance().get();
    if (!Values.isPlainName(instance)) {
      problems.wrong(
          name, instance, "must be 1 to 128 characters out of A-Z a-z 0-9 . _ - and not . or ..");
    }
    return instance;
  }

  private SourceKind source() {
    List<String> words = Arrays.stream(SourceKind.values()).map(SourceKind::text).toList();
    String word =
        values.word(SettingNames.of("source"), raw.source(), SourceKind.POSTGRES.text(), words);
    return Arrays.stream(SourceKind.values())
        .filter(kind -> kind.text().equals(word))
        .findFirst()
        .orElseThrow();
  }

  private ListenerSettings listener(SidecacheMapping.Listener listener) {
    String timeoutName = SettingNames.of("listener.heartbeat-timeout");
    Duration interval = heartbeatInterval(listener.heartbeatInterval());
    Duration timeout =
        values.duration(timeoutName, listener.heartbeatTimeout(), Duration.ofSeconds(3));
    // Added, since Duration multiplies in BigDecimal, whose class is 30 ms of a start.
    if (timeout.compareTo(interval.plus(interval)) < 0) {
      problems.wrong(
          timeoutName,
          DurationText.of(timeout),
          "must be at least twice heartbeat-interval ("
              + DurationText.of(interval)
              + "), because a heartbeat may be sent up to two intervals after the last one");
    }
    String maxName = SettingNames.of("listener.reconnect-max");
    Duration initial =
        values.duration(
            SettingNames.of("listener.reconnect-initial"),
            listener.reconnectInitial(),
            Duration.ofMillis(100));
    Duration max = values.duration(maxName, listener.reconnectMax(), Duration.ofSeconds(10));
    if (max.compareTo(initial) < 0) {
      problems.wrong(
          maxName,
          DurationText.of(max),
          "must be at least reconnect-initial (" + DurationText.of(initial) + ")");
    }
    return new ListenerSettings(
        listenerUrl(listener.url()),
        interval,
        timeout,
        initial,
        max,
        Math.toIntExact(
            values
                .number(
                    SettingNames.of("listener.queue-capacity"),
                    listener.queueCapacity(),
                    LEAST_QUEUE,
                    LARGEST_QUEUE)
                .orElse(65_536L)),
        values.duration(
            SettingNames.of("listener.barrier-timeout"),
            listener.barrierTimeout(),
            Duration.ofSeconds(2)));
  }

  private Duration heartbeatInterval(Optional<String> text) {
    String name = SettingNames.of("listener.heartbeat-interval");
    Duration interval = values.duration(name, text, Duration.ofSeconds(1));
    if (interval.compareTo(SHORTEST_HEARTBEAT) < 0) {
      problems.wrong(
          name,
          DurationText.of(interval),
          "must be at least "
              + DurationText.of(SHORTEST_HEARTBEAT)
              + ", because each heartbeat wakes every listener of the database");
    }
    return interval;
  }

  private Optional<String> listenerUrl(Optional<String> url) {
    String name = SettingNames.of("listener.url");
    if (url.isPresent() && !url.get().startsWith("jdbc:postgresql:")) {
      String rule = "must be a JDBC URL that begins with jdbc:postgresql:";
      UrlText.withoutCredentials(url.get())
          .ifPresentOrElse(
              shown -> problems.wrong(name, shown, rule), () -> problems.hidden(name, rule));
    }
    return url;
  }

  private LogSettings log(SidecacheMapping.Log log) {
    return new LogSettings(
        values.flag(SettingNames.of("log.enabled"), log.enabled()).orElse(true),
        values.duration(SettingNames.of("log.retention"), log.retention(), Duration.ofHours(1)));
  }

  private HealthSettings health(SidecacheMapping.Health health, ListenerSettings listener) {
    String stuckName = SettingNames.of("health.stuck-after");
    String downName = SettingNames.of("health.disconnected-down-after");
    Duration stuck = values.duration(stuckName, health.stuckAfter(), Duration.ofSeconds(60));
    if (stuck.compareTo(listener.reconnectMax()) <= 0
        || stuck.compareTo(listener.heartbeatTimeout()) <= 0) {
      problems.wrong(
          stuckName,
          DurationText.of(stuck),
          "must be longer than listener.reconnect-max ("
              + DurationText.of(listener.reconnectMax())
              + ") and listener.heartbeat-timeout ("
              + DurationText.of(listener.heartbeatTimeout())
              + "), or a listener that waits as it should counts as stuck");
    }
    Duration down =
        values.durationOrZero(downName, health.disconnectedDownAfter(), Duration.ofMinutes(5));
    if (down.isZero()) {
      problems.wrong(
          downName,
          health.disconnectedDownAfter().orElse(""),
          "must be longer than 0s; to stay alive while PostgreSQL is away use a large value such"
              + " as 365d");
    }
    return new HealthSettings(
        stuck,
        down,
        values
            .flag(SettingNames.of("health.ready-during-gap"), health.readyDuringGap())
            .orElse(true));
  }

  private AuditSettings audit(SidecacheMapping.Audit audit) {
    return new AuditSettings(
        Math.toIntExact(
            values
                .number(
                    SettingNames.of("audit.keys-per-minute"), audit.keysPerMinute(), 0, MOST_AUDITS)
                .orElse(6L)));
  }

  private void checkTogether(Settings settings) {
    String sourceName = SettingNames.of("source");
    switch (settings.source()) {
      case POSTGRES -> {}
      case LOG_POLLING -> {
        if (!settings.log().enabled()) {
          problems.wrong(sourceName, "log-polling", "contradicts log.enabled = false");
        } else if (!settings.channels().isEmpty()) {
          problems.wrong(
              sourceName,
              "log-polling",
              "cannot hear channels, which need LISTEN; remove sidecache.channels and attach the"
                  + " tables");
        }
      }
      case WEBHOOK -> {
        if (names.keys("senders").isEmpty()) {
          problems.wrong(
              sourceName, "webhook", "needs a sender in sidecache.senders that may call us");
        } else if (!settings.channels().isEmpty()) {
          problems.wrong(sourceName, "webhook", "cannot hear channels; remove sidecache.channels");
        }
      }
    }
    checkDatasource(settings);
    if (surroundings.isReachable()
        && Values.items(raw.api().token()).isEmpty()
        && !settings.api().clientCertificates()) {
      problems.missing(
          SettingNames.of("api.token"),
          "others can reach the HTTP interface ("
              + surroundings.address()
              + "); set a token, or sidecache.api.client-auth = required, or bind it to 127.0.0.1");
    }
  }

  private void checkDatasource(Settings settings) {
    if (surroundings.datasourceUrl() || problems.has(SettingNames.of("source"))) {
      return;
    }
    String how = "; set QUARKUS_DATASOURCE_JDBC_URL=jdbc:postgresql://<host>:5432/<database>";
    if (settings.source() != SourceKind.WEBHOOK) {
      problems.missing(
          Surroundings.DATASOURCE_URL,
          "sidecache.source " + settings.source().text() + " needs PostgreSQL's address" + how);
    } else if (raw.caches().values().stream().anyMatch(cache -> cache.load().isPresent())) {
      problems.missing(
          Surroundings.DATASOURCE_URL, "a cache with load needs PostgreSQL's address" + how);
    }
  }
}
