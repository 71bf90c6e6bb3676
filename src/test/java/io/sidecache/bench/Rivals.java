/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.testing.TestPostgres.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.HdrHistogram.Histogram;

/**
 * The packaged application beside what Debian has for the same job on the same machine: Redis,
 * asked for one key at a time, and nginx, which answers with the same bytes out of its
 * configuration. In turns.
 */
final class Rivals {
  private static final int ROUNDS = 7;
  private static final Duration ROUND = Duration.ofSeconds(1);
  private static final Duration WARM_UP = Duration.ofSeconds(6);
  private static final int PER_SECOND = 5_000;
  private static final int LATENCY_ROUNDS = 4;
  private static final Duration LATENCY_ROUND = Duration.ofSeconds(3);

  private final Path target;
  private final Database database;
  private final HttpLoad load = HttpLoad.choose();

  Rivals(Path target, Database database) {
    this.target = target;
    this.database = database;
  }

  /** Asks a server as fast as it answers; gives the answers per second. */
  private interface Rate {
    double perSecond() throws Exception;
  }

  /** One server in the comparison, and all that was measured of it, by round. */
  private record Contender(
      String name,
      int port,
      Rate rate,
      Metronome metronome,
      List<Double> perSecond,
      List<Histogram> latencies) {
    Contender(String name, int port, Rate rate, Metronome metronome) {
      this(name, port, rate, metronome, new ArrayList<>(), new ArrayList<>());
    }

    List<Double> percentiles(double percentile) {
      return latencies.stream()
          .map(round -> (double) round.getValueAtPercentile(percentile))
          .toList();
    }
  }

  void run(Report report) throws Exception {
    Application.createTable(database);
    Path files = target.resolve("bench").resolve("rivals");
    Application application = new Application();
    List<String> command = new ArrayList<>(application.systemProperties(database));
    command.add("-jar");
    command.add(target.resolve("quarkus-app").resolve("quarkus-run.jar").toString());
    Optional<Rival> redis = Rival.redis(files.resolve("redis"));
    Optional<Rival> nginx = Rival.nginx(files.resolve("nginx"));
    try (ChildJvm child = ChildJvm.start(command)) {
      child.printRest();
      application.awaitReady();
      application.fill();
      Contender ours = overHttp("sidecache", application.port());
      Optional<Contender> other =
          redis.flatMap(
              server ->
                  Programs.find("redis-benchmark").map(program -> overRedis(server, program)));
      Optional<Contender> another = nginx.map(server -> overHttp("nginx", server.port()));
      List<Contender> all = new ArrayList<>(List.of(ours));
      other.ifPresent(all::add);
      another.ifPresent(all::add);
      load.run(application.port(), WARM_UP);
      measure(all);
      report(report, ours, "redis-server", other);
      report(report, ours, "nginx", another);
    } finally {
      redis.ifPresent(Rival::close);
      nginx.ifPresent(Rival::close);
    }
    note(report);
  }

  private Contender overHttp(String name, int port) {
    return new Contender(name, port, () -> load.run(port, ROUND).perSecond(), Metronome.http());
  }

  private static Contender overRedis(Rival server, Path program) {
    RedisBenchmark benchmark = new RedisBenchmark(program);
    return new Contender(
        "redis-server",
        server.port(),
        () -> benchmark.run(server.port(), 50_000),
        Metronome.redis());
  }

  private static void measure(List<Contender> all) throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      for (int turn = 0; turn < all.size(); turn++) {
        Contender next = all.get((round + turn) % all.size());
        next.perSecond.add(next.rate.perSecond());
      }
    }
    for (Contender each : all) {
      each.metronome.run(each.port, PER_SECOND, Duration.ofSeconds(2));
    }
    for (int round = 0; round < LATENCY_ROUNDS; round++) {
      for (int turn = 0; turn < all.size(); turn++) {
        Contender next = all.get((round + turn) % all.size());
        next.latencies.add(next.metronome.run(next.port, PER_SECOND, LATENCY_ROUND));
      }
    }
  }

  private static void report(
      Report report, Contender ours, String name, Optional<Contender> rival) {
    String rates = "GET hits/s, beside " + name;
    String times = String.format(Locale.ROOT, "GET at %,d/s, beside %s, ", PER_SECOND, name);
    if (rival.isEmpty()) {
      report.alone(rates, count(Median.of(ours.perSecond)), "not installed");
      for (double percentile : new double[] {50, 99}) {
        report.alone(
            times + String.format(Locale.ROOT, "p%.0f", percentile),
            micros(Median.of(ours.percentiles(percentile))),
            "not installed");
      }
      return;
    }
    Contender other = rival.get();
    report.rate(rates, new Turns(ours.perSecond, other.perSecond), Rivals::count);
    for (double percentile : new double[] {50, 99}) {
      report.beside(
          times + String.format(Locale.ROOT, "p%.0f", percentile),
          new Turns(ours.percentiles(percentile), other.percentiles(percentile)),
          Rivals::micros);
    }
  }

  private void note(Report report) {
    report.note(
        String.format(
            Locale.ROOT,
            "beside Redis and nginx: the packaged application without JVM options, Redis as Debian"
                + " has it with persistence off, nginx with a worker for each processor and `return"
                + " 200` with the bytes and header fields of a hit; all on this machine, %d rounds"
                + " in turns, medians. Hits/s: %s; for Redis `redis-benchmark -P 1`, as many"
                + " threads and connections. GET at %,d/s: one load generator for all three, %d"
                + " plain sockets by a schedule that does not wait, %d rounds of %d s.",
            ROUNDS,
            load.name(),
            PER_SECOND,
            HttpLoad.CONNECTIONS,
            LATENCY_ROUNDS,
            LATENCY_ROUND.toSeconds()));
  }

  private static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  private static String micros(double nanos) {
    return String.format(Locale.ROOT, "%,.0f µs", nanos / 1_000);
  }
}
