/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.bench.Measured.Kind;
import io.sidecache.testing.TestPostgres;
import io.sidecache.testing.TestPostgres.Database;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Mixed traffic on the packaged application in the memory of its container, in turns with hits
 * alone; then far more than it can do; then the time until all is as before.
 *
 * <p>{@code -Dbench.load.seconds} is how long the mixed traffic lasts in all, {@code
 * -Dbench.load.reads} and {@code -Dbench.load.commits} how much of it there is in a second.
 */
final class MixedLoad {
  private static final int SECONDS = Integer.getInteger("bench.load.seconds", 30);
  private static final int READS = Integer.getInteger("bench.load.reads", 4_000);
  private static final int COMMITS = Integer.getInteger("bench.load.commits", 1_000);
  private static final Duration ROUND = Duration.ofSeconds(3);
  private static final Duration WARM_UP = Duration.ofSeconds(8);
  private static final Duration OVERLOAD = Duration.ofSeconds(12);
  private static final Duration WINDOW = Duration.ofMillis(250);
  private static final int MOST_WINDOWS = 120;
  private static final double P99_LIMIT = 2;
  private static final double NORMAL = 2;
  private static final long CONTAINER_BYTES = 320L << 20;

  private final Path target;
  private final Database database;

  MixedLoad(Path target, Database database) {
    this.target = target;
    this.database = database;
  }

  void run(Report report) throws Exception {
    StartUpCost.train(target.resolve("quarkus-app").toAbsolutePath());
    try (LoadBed bed = LoadBed.start(target, TestPostgres.shared().createDatabase("load"));
        Traffic traffic = new Traffic(bed);
        Filler filler = new Filler(bed)) {
      bed.warm(filler);
      traffic.run(READS, COMMITS, WARM_UP);
      Measured mixed = usual(report, bed, traffic, filler);
      overload(report, bed, traffic, mixed);
      report.goal(
          String.format(
              Locale.ROOT,
              "answers whose Cache-Status was wrong, of %,d",
              bed.oracle.tally.reads()),
          Long.toString(bed.oracle.violationCount()),
          "0",
          bed.oracle.violationCount() == 0);
      bed.oracle.violations().forEach(System.err::println);
      System.err.println(bed.oracle.tally);
      memory(report, bed);
    }
    Application.createTable(database);
    new FullCache(target, database).run(report);
  }

  private static Measured usual(Report report, LoadBed bed, Traffic traffic, Filler filler)
      throws Exception {
    List<Measured> mixed = new ArrayList<>();
    List<Measured> alone = new ArrayList<>();
    for (int round = 0; round < Math.max(1, SECONDS / ROUND.toSeconds()); round++) {
      mixed.add(traffic.run(READS, COMMITS, ROUND));
      bed.warm(filler);
      alone.add(traffic.run(READS, 0, ROUND));
    }
    Measured all = new Measured();
    mixed.forEach(all::add);
    double seconds = mixed.size() * ROUND.toSeconds();
    report.alone(
        "mixed traffic: reads, hits of them; loads, fills, commits per second",
        String.format(
            Locale.ROOT,
            "%,.0f/s, %.1f %%; %,.0f, %,.0f, %,.0f",
            all.count(Kind.DRIVER) / seconds,
            100.0 * all.count(Kind.HIT) / all.count(Kind.DRIVER),
            all.count(Kind.LOAD) / seconds,
            all.count(Kind.FILL) / seconds,
            all.count(Kind.COMMIT) / seconds));
    for (Kind kind : Kind.values()) {
      if (all.count(kind) > 0) {
        report.alone(
            "mixed traffic: "
                + kind.name().toLowerCase(Locale.ROOT)
                + ", p50, p99, p99.9 ("
                + String.format(Locale.ROOT, "%,d", all.count(kind))
                + ")",
            percentiles(all, kind));
      }
    }
    report.atMost(
        "p99 of a hit in mixed traffic, beside hits alone",
        Median.of(mixed.stream().map(m -> m.percentile(Kind.HIT, 99)).toList()),
        Median.of(alone.stream().map(m -> m.percentile(Kind.HIT, 99)).toList()),
        P99_LIMIT,
        MixedLoad::micros);
    report.beside(
        "the same of the driver, before it has sent anything",
        Median.of(mixed.stream().map(m -> m.percentile(Kind.DRIVER, 99)).toList()),
        Median.of(alone.stream().map(m -> m.percentile(Kind.DRIVER, 99)).toList()),
        MixedLoad::micros);
    return all;
  }

  private static void overload(Report report, LoadBed bed, Traffic traffic, Measured usual)
      throws Exception {
    long gapsBefore = bed.oracle.tally.sum("answers 200 sidecache; fwd=bypass");
    try (Flood flood = Flood.start(bed)) {
      traffic.run(0, COMMITS, OVERLOAD);
      double seconds = OVERLOAD.toSeconds();
      report.alone(
          "overload: hits, loads, invalidations answered; refused, per second",
          String.format(
              Locale.ROOT,
              "%,.0f, %,.0f, %,.0f; %,.0f",
              flood.count(Kind.HIT) / seconds,
              flood.count(Kind.LOAD) / seconds,
              flood.count(Kind.INVALIDATION) / seconds,
              flood.count(Kind.REFUSED) / seconds));
      report.goal(
          "overload: answers that do not say when to ask again, connections lost",
          flood.unexplained() + ", " + flood.lost(),
          "0, 0",
          flood.unexplained() == 0 && flood.lost() == 0);
    }
    long endNanos = System.nanoTime();
    report.goal(
        "overload: answers given while freshness could not be proven",
        String.format(
            Locale.ROOT,
            "%,d",
            bed.oracle.tally.sum("answers 200 sidecache; fwd=bypass") - gapsBefore),
        "0",
        bed.oracle.tally.sum("answers 200 sidecache; fwd=bypass") == gapsBefore);
    report.alone(
        "after the overload: first window of 250 ms as before", recovery(traffic, usual, endNanos));
  }

  private static String recovery(Traffic traffic, Measured usual, long endNanos) throws Exception {
    for (int window = 0; window < MOST_WINDOWS; window++) {
      long startNanos = System.nanoTime();
      Measured now = traffic.run(READS, COMMITS, WINDOW);
      if (now.count(Kind.REFUSED) == 0
          && isUsual(now, usual, Kind.HIT)
          && isUsual(now, usual, Kind.LOAD)) {
        return String.format(
            Locale.ROOT, "began after %,d ms", (startNanos - endNanos) / 1_000_000);
      }
    }
    return "**none**";
  }

  private static boolean isUsual(Measured now, Measured usual, Kind kind) {
    return now.percentile(kind, 99) <= NORMAL * usual.percentile(kind, 99);
  }

  private static void memory(Report report, LoadBed bed) throws Exception {
    long most = bed.child.peakResidentBytes();
    report.goal(
        "mixed traffic and overload: resident memory, the most; without mapped files, at the end",
        mebibytes(most) + "; " + mebibytes(bed.child.anonymousBytes()),
        "≤ " + mebibytes(CONTAINER_BYTES),
        most <= CONTAINER_BYTES);
    Collections done = bed.collections();
    report.alone(
        "mixed traffic and overload: collections, full ones, longest pause, heap in use after the"
            + " last",
        String.format(
            Locale.ROOT,
            "%d, %d, %.0f ms, %s",
            done.young(),
            done.full(),
            done.longestMillis(),
            mebibytes(done.usedBytes())));
  }

  private static String percentiles(Measured measured, Kind kind) {
    return String.join(
        ", ",
        List.of(
            micros(measured.percentile(kind, 50)),
            micros(measured.percentile(kind, 99)),
            micros(measured.percentile(kind, 99.9))));
  }

  private static String micros(double nanos) {
    return String.format(Locale.ROOT, "%,.0f µs", nanos / 1_000);
  }

  private static String mebibytes(long bytes) {
    return String.format(Locale.ROOT, "%,d MiB", bytes >> 20);
  }
}
