/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.config.CacheSettings;
import io.sidecache.config.Settings;
import io.sidecache.config.SourceKind;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.SourceStatus;
import io.sidecache.source.postgres.PoolServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.sql.DataSource;

/**
 * All checks of the command {@code doctor} in their order: what comes of one decides whether the
 * next makes sense. Changes nothing in the database.
 */
final class Examination {
  /** Everything that is looked at, in the order of the lines. */
  static final List<String> CHECKS =
      List.of(
          "settings",
          "connection",
          "primary",
          "schema",
          "privileges",
          "listen",
          "pooler",
          "attached",
          "channel",
          "load",
          "feed",
          "log",
          "queue",
          "capacity",
          "webhook");

  private static final int LEAST_VERSION = 140_000;
  private static final Duration STATEMENTS = Duration.ofSeconds(10);
  private static final Duration SILENCE = Duration.ofSeconds(5);
  private static final Duration LISTENING = Duration.ofSeconds(20);
  private static final Duration PEERS = Duration.ofSeconds(10);

  /** For a check to notice its own end. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Subject subject;
  private final Settings settings;
  private final Rounds rounds;

  /**
   * What is examined.
   *
   * @param poolUrl the pool's JDBC URL; empty where none is set
   * @param poolSize how many connections the pool may open
   * @param pool asked for where there is something to ask the database
   * @param source what the sidecar would follow; is closed
   * @param peers who is told of evictions; are closed
   */
  record Subject(
      Settings settings,
      String poolUrl,
      int poolSize,
      Supplier<? extends DataSource> pool,
      InvalidationSource source,
      List<PeersCheck.Peer> peers,
      ForeignText foreign) {}

  Examination(Subject subject, Rounds rounds) {
    this.subject = subject;
    this.settings = subject.settings();
    this.rounds = rounds;
  }

  /** A look at the database. */
  @FunctionalInterface
  private interface Look<T> {
    Diagnosis<T> at(Connection connection) throws SQLException;
  }

  void run() {
    rounds.tell(
        Finding.ok(
            "settings",
            "source %s, caches: %d, channels: %d, webhooks: %d"
                .formatted(
                    settings.source().text(),
                    settings.caches().size(),
                    settings.channels().size(),
                    settings.webhooks().size())));
    switch (settings.source()) {
      case POSTGRES, LOG_POLLING -> database();
      case WEBHOOK -> fedByWebhooks();
    }
    if (!subject.peers().isEmpty()) {
      PeersCheck peers = new PeersCheck(subject.peers(), subject.foreign(), PEERS);
      rounds.run("webhook", PEERS.plus(GRACE), peers::look);
    }
  }

  private void fedByWebhooks() {
    boolean loads = settings.caches().values().stream().anyMatch(cache -> cache.load().isPresent());
    rounds.tell(
        Finding.ok(
            "source",
            "webhook, fed by "
                + String.join(", ", settings.senders().keySet())
                + "; the checks of "
                + (loads ? "listening and notifying" : "the database")
                + " do not apply"));
    if (!loads) {
      return;
    }
    Optional<PoolServer> server = connected();
    if (server.isPresent()) {
      loads(Optional.empty());
      capacity(server.get(), subject.poolSize());
    } else {
      rounds.skip("there is no connection", List.of("load", "capacity"));
    }
  }

  private void database() {
    Optional<PoolServer> connected = connected();
    if (connected.isEmpty()) {
      List<String> later =
          CHECKS.subList(CHECKS.indexOf("connection") + 1, CHECKS.indexOf("webhook"));
      rounds.skip("there is no connection", later);
      return;
    }
    PoolServer server = connected.get();
    rounds.tell(
        server
            .refusal()
            .map(why -> Finding.fail("primary", server.host() + ", " + why, ListenCheck.STANDBY))
            .orElseGet(() -> Finding.ok("primary", server.host())));
    Optional<InstalledSchema> schema = look("schema", new SchemaCheck(settings)::look);
    Optional<SourceStatus> status = listens(schema);
    new PoolerCheck(settings.listener().url().isEmpty()).look(server, status).forEach(rounds::tell);
    Optional<List<Attachment>> attachments = attachments(schema);
    if (!settings.channels().isEmpty()) {
      List<String> channels = List.copyOf(settings.channels().keySet());
      look("channel", connection -> ChannelCheck.look(connection, channels));
    }
    loads(Optional.of(new FeedCheck(List.copyOf(settings.channels().values()), attachments)));
    if (settings.log().enabled() && schema.filter(InstalledSchema::isUsable).isPresent()) {
      look("log", connection -> LogCheck.look(connection, settings.log().retention()));
    }
    queue(server);
    capacity(server, subject.poolSize() + (settings.source() == SourceKind.POSTGRES ? 1 : 0));
  }

  private <T> Optional<T> look(String name, Look<T> look) {
    return rounds.run(
        name,
        STATEMENTS,
        () -> {
          try (Connection connection = subject.pool().get().getConnection()) {
            connection.setNetworkTimeout(Runnable::run, Math.toIntExact(SILENCE.toMillis()));
            return look.at(connection);
          }
        });
  }

  private Optional<PoolServer> connected() {
    String address = JdbcAddress.of(subject.poolUrl());
    Optional<Optional<PoolServer>> server =
        rounds.run(
            "connection",
            STATEMENTS,
            () -> {
              try (Connection connection = subject.pool().get().getConnection()) {
                connection.setNetworkTimeout(Runnable::run, Math.toIntExact(SILENCE.toMillis()));
                PoolServer read = PoolServer.read(connection);
                return new Diagnosis<>(Optional.of(read), List.of(connected(read)));
              } catch (SQLException e) {
                return new Diagnosis<>(
                    Optional.empty(),
                    List.of(
                        Finding.fail(
                            "connection",
                            address + ", " + subject.foreign().of(e),
                            SqlRemedy.of(e.getSQLState()))));
              }
            });
    return server.flatMap(found -> found).filter(found -> found.versionNumber() >= LEAST_VERSION);
  }

  private static Finding connected(PoolServer server) {
    String fact =
        "%s/%s as %s, PostgreSQL %s, %s"
            .formatted(
                server.host(),
                server.database(),
                server.role(),
                server.version(),
                server.refusal().isEmpty() ? "primary" : "standby");
    return server.versionNumber() >= LEAST_VERSION
        ? Finding.ok("connection", fact)
        : Finding.fail("connection", fact, "Sidecache needs PostgreSQL 14 or later");
  }

  private Optional<SourceStatus> listens(Optional<InstalledSchema> schema) {
    if (settings.source() == SourceKind.LOG_POLLING
        && settings.schema().migrate().orElse(false)
        && schema.filter(InstalledSchema::isThere).isEmpty()) {
      rounds.tell(
          Finding.warn("listen", "not tried before the log is installed", "run " + Main.MIGRATE));
      return Optional.empty();
    }
    String url = settings.listener().url().orElse(subject.poolUrl());
    ListenCheck check =
        new ListenCheck(settings, JdbcAddress.of(url), subject.foreign(), System::nanoTime);
    return rounds.run(
        "listen", LISTENING.plus(GRACE), () -> check.look(subject.source(), LISTENING));
  }

  /** All of the database; empty where they could not be read. */
  private Optional<List<Attachment>> attachments(Optional<InstalledSchema> schema) {
    if (schema.isEmpty() || (schema.get().isThere() && !schema.get().isUsable())) {
      rounds.skip("schema sidecache cannot be read", List.of("attached", "log"));
      return Optional.empty();
    }
    return schema.get().isThere()
        ? look("attached", new AttachedCheck(settings.caches().keySet())::look)
        : Optional.of(List.of());
  }

  private void loads(Optional<FeedCheck> feeds) {
    for (CacheSettings cache : settings.caches().values()) {
      List<String> tables = cache.load().map(load -> tables(cache, load)).orElse(List.of());
      feeds.ifPresent(check -> check.look(cache, tables).forEach(rounds::tell));
    }
  }

  private List<String> tables(CacheSettings cache, CacheSettings.Load load) {
    LoadStatement statement = LoadStatement.parse(load.sql());
    return look(
            "load",
            connection -> {
              try {
                List<String> tables = LoadPlan.tables(connection, statement);
                String fact =
                    "cache "
                        + cache.name()
                        + ", parameters: "
                        + load.parameters()
                        + ", reads "
                        + (tables.isEmpty()
                            ? "no table that can be told"
                            : String.join(", ", tables));
                return new Diagnosis<>(tables, List.of(Finding.ok("load", fact)));
              } catch (SQLException e) {
                return new Diagnosis<>(
                    List.<String>of(),
                    List.of(
                        Finding.fail(
                            "load",
                            "cache " + cache.name() + ", " + subject.foreign().of(e),
                            SqlRemedy.of(e.getSQLState()))));
              }
            })
        .orElse(List.of());
  }

  private void queue(PoolServer server) {
    String fact = Math.round(server.queueUsage() * 100) + " % of PostgreSQL's notifications in use";
    rounds.tell(
        server.isQueueWedged()
            ? Finding.warn("queue", fact, ListenCheck.WEDGED)
            : Finding.ok("queue", fact));
  }

  private void capacity(PoolServer server, int wanted) {
    if (!server.pooled()) { // the pooler's connections are not ours to count
      look("capacity", connection -> CapacityCheck.look(connection, wanted));
    }
  }
}
