/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.testing.TestPostgres.Database;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.Histogram;

/**
 * How fast evictions go out to a thousand readers of the live stream: how many events per second in
 * all, and how long after a commit the last reader has heard of it; beside a bare handler in the
 * same process that writes the same frames to as many. In turns.
 */
final class StreamFanOut {
  private static final String CACHE = "stream";
  private static final int READERS = 1_000;
  private static final int BURST = 1_000;
  private static final int ROUNDS = 5;
  private static final int PER_SECOND = 20;
  private static final int LATENCY_ROUNDS = 4;
  private static final int ROUND_SECONDS = 5;

  private final Path target;
  private final Database database;

  StreamFanOut(Path target, Database database) {
    this.target = target;
    this.database = database;
  }

  /** One of the two: who reads it, and the way to make it speak. */
  private record Side(Audience audience, Commits commits) {

    /** Events per second that reached readers, from the commit until the last has all. */
    double burst() throws SQLException, InterruptedException {
      Arrivals arrivals = new Arrivals(BURST, READERS);
      audience.expect(arrivals);
      long startNanos = System.nanoTime();
      commits.atOnce(BURST);
      return (double) BURST * READERS * 1e9 / (arrivals.completeNanos() - startNanos);
    }

    /** How long after each commit the last reader had heard. */
    Histogram paced(int seconds) throws SQLException, InterruptedException {
      AtomicLongArray sentNanos = new AtomicLongArray(PER_SECOND * seconds);
      Arrivals arrivals = new Arrivals(sentNanos.length(), READERS);
      audience.expect(arrivals);
      commits.paced(sentNanos, PER_SECOND);
      AtomicLongArray lastNanos = arrivals.complete();
      Latencies latencies = new Latencies(sentNanos);
      for (int key = 0; key < sentNanos.length(); key++) {
        latencies.heard(key, lastNanos.get(key));
      }
      return latencies.complete();
    }
  }

  void run(Report report) throws Exception {
    Application application = new Application();
    int barePort = ChildJvm.freePort();
    try (ChildJvm child = ChildJvm.start(command(application, barePort));
        Connection writer = database.dataSource().getConnection()) {
      child.await("witness ready");
      application.awaitReady();
      try (Audience ours =
              Audience.connect(application.port(), "/v1/events?cache=" + CACHE, READERS);
          Audience bare = Audience.connect(barePort, "/", READERS)) {
        measure(
            report,
            new Side(ours, new Commits(writer, CACHE)),
            new Side(bare, new Commits(writer, BareStream.CHANNEL)));
      } catch (IllegalStateException incomplete) {
        // Where a reader was reset or cut off, that stands, by design, for keys that did not come.
        throw new IllegalStateException(
            "the sidecar's side of it:\n"
                + application.meters(
                    List.of("sidecache_stream_", "sidecache_source_", "sidecache_pipeline_")),
            incomplete);
      }
    }
    report.note(
        String.format(
            Locale.ROOT,
            "live stream: the packaged application, %,d readers on loopback, none with values; the"
                + " yardstick is a bare Vert.x handler in the same process that writes the same"
                + " frames to as many readers. Events/s: %d rounds in turns, one commit with %,d"
                + " evictions, until the last reader has the last. Commit→last reader: %d rounds of"
                + " %d s in turns, medians of the rounds' percentiles.",
            READERS,
            ROUNDS,
            BURST,
            LATENCY_ROUNDS,
            ROUND_SECONDS));
  }

  private List<String> command(Application application, int barePort) throws Exception {
    List<String> command = new ArrayList<>(application.systemProperties(database));
    command.add("-Xmx512m");
    command.add("-Dsidecache.channels." + CACHE + ".cache=" + CACHE);
    command.add("-Dsidecache.caches." + CACHE + ".maximum-size=1000");
    command.addAll(Packaged.command(target));
    command.addAll(List.of(Witness.class.getName(), CACHE, Integer.toString(barePort)));
    command.add(
        "postgresql://%s@%s:%d/%s"
            .formatted(Database.USER, database.host(), database.port(), database.name()));
    return command;
  }

  private static void measure(Report report, Side ours, Side bare) throws Exception {
    for (int i = 0; i < 3; i++) {
      ours.burst();
      bare.burst();
    }
    List<Double> perSecond = new ArrayList<>();
    List<Double> barePerSecond = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      perSecond.add(ours.burst());
      barePerSecond.add(bare.burst());
    }
    String to = String.format(Locale.ROOT, " to %,d readers", READERS);
    report.rate(
        "live stream, events/s" + to,
        new Turns(perSecond, barePerSecond),
        number -> String.format(Locale.ROOT, "%,.0f", number));
    ours.paced(2);
    bare.paced(2);
    List<Histogram> latencies = new ArrayList<>();
    List<Histogram> bareLatencies = new ArrayList<>();
    for (int round = 0; round < LATENCY_ROUNDS; round++) {
      latencies.add(ours.paced(ROUND_SECONDS));
      bareLatencies.add(bare.paced(ROUND_SECONDS));
    }
    for (double percentile : new double[] {50, 99}) {
      report.beside(
          String.format(
              Locale.ROOT,
              "live stream, commit→last of %,d readers at %d/s, p%.0f",
              READERS,
              PER_SECOND,
              percentile),
          new Turns(values(latencies, percentile), values(bareLatencies, percentile)),
          nanos -> String.format(Locale.ROOT, "%,.0f µs", nanos / 1_000));
    }
  }

  private static List<Double> values(List<Histogram> rounds, double percentile) {
    return rounds.stream().map(round -> (double) round.getValueAtPercentile(percentile)).toList();
  }
}
