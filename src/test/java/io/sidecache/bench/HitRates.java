/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.sidecache.testing.TestPostgres.Database;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Hits per second of the packaged application, beside a bare Vert.x handler in the same process;
 * see {@link Beside}. In turns, so that both meet the same machine.
 */
final class HitRates {
  private static final int ROUNDS = 11;
  private static final Duration ROUND = Duration.ofSeconds(1);
  private static final Duration WARM_UP = Duration.ofSeconds(6);
  private static final double LIMIT = 0.85;
  private static final long COUNTED_HITS = 100_000;

  private final Path target;
  private final Database database;
  private final HttpLoad load = HttpLoad.choose();

  HitRates(Path target, Database database) {
    this.target = target;
    this.database = database;
  }

  /** Counters of the child process. */
  private record Figures(long threadsStarted, long bytesAllocated, long processorNanos) {}

  /** What one server did in all rounds, each list by round. */
  private record Rates(
      List<Double> perSecond, List<Double> bytesPerHit, List<Double> processorNanosPerHit) {
    Rates() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    Turns beside(Rates yardstick, Function<Rates, List<Double>> figure) {
      return new Turns(figure.apply(this), figure.apply(yardstick));
    }
  }

  void run(Report report) throws Exception {
    Application.createTable(database);
    Application application = new Application();
    int barePort = ChildJvm.freePort();
    int routedPort = ChildJvm.freePort();
    List<String> command = new ArrayList<>(application.systemProperties(database));
    command.addAll(Packaged.command(target));
    command.add(Beside.class.getName());
    command.addAll(List.of(Integer.toString(barePort), Integer.toString(routedPort)));
    try (ChildJvm child = ChildJvm.start(command)) {
      child.await("beside ready");
      application.awaitReady();
      application.fill();
      requireSameAnswer(application, barePort, routedPort);
      List<Integer> ports = List.of(application.port(), barePort, routedPort);
      for (int port : ports) {
        load.run(port, WARM_UP);
      }
      report(report, measure(child, ports));
      countThreads(report, child, application.port());
    }
  }

  private List<Rates> measure(ChildJvm child, List<Integer> ports) throws Exception {
    List<Rates> rates = ports.stream().map(port -> new Rates()).toList();
    for (int round = 0; round < ROUNDS; round++) {
      for (int turn = 0; turn < ports.size(); turn++) {
        int which = (round + turn) % ports.size();
        Figures before = figures(child);
        HttpLoad.Result result = load.run(ports.get(which), ROUND);
        Figures after = figures(child);
        double answers = result.answers();
        Rates of = rates.get(which);
        of.perSecond.add(result.perSecond());
        of.bytesPerHit.add((after.bytesAllocated - before.bytesAllocated) / answers);
        of.processorNanosPerHit.add((after.processorNanos - before.processorNanos) / answers);
      }
    }
    return rates;
  }

  private void report(Report report, List<Rates> rates) {
    Rates bare = rates.get(1);
    List<String> names = List.of("packaged application", "", "our handler without Quarkus");
    for (int which : List.of(0, 2)) {
      Rates ours = rates.get(which);
      String of = ", " + names.get(which);
      Turns perSecond = ours.beside(bare, Rates::perSecond);
      if (which == 0) {
        report.atLeast("GET hits/s" + of, perSecond, LIMIT, HitRates::count);
      } else {
        report.rate("GET hits/s" + of, perSecond, HitRates::count);
      }
      report.beside(
          "processor time per hit" + of,
          ours.beside(bare, Rates::processorNanosPerHit),
          nanos -> String.format(Locale.ROOT, "%.1f µs", nanos / 1_000));
      report.beside(
          "bytes allocated per hit" + of, ours.beside(bare, Rates::bytesPerHit), HitRates::count);
    }
    report.note(
        String.format(
            Locale.ROOT,
            "GET hits: one entry of 100 bytes; %s on the same machine; %d rounds of %d s in turns,"
                + " medians; the ratio is the median of the rounds' ratios. The yardstick is a bare"
                + " Vert.x handler in the same process, which answers"
                + " with the same bytes and header fields.",
            load.name(),
            ROUNDS,
            ROUND.toSeconds()));
  }

  private void countThreads(Report report, ChildJvm child, int port) throws Exception {
    long before = figures(child).threadsStarted;
    long hits = 0;
    while (hits < COUNTED_HITS) {
      hits += load.run(port, ROUND).answers();
    }
    long threads = figures(child).threadsStarted - before;
    report.goal(
        String.format(Locale.ROOT, "threads started during %,d hits", hits),
        Long.toString(threads),
        "0",
        threads == 0);
  }

  private static Figures figures(ChildJvm child) throws IOException {
    child.tell("figures");
    String[] figures = child.await("beside figures").split(" ", -1);
    return new Figures(
        Long.parseLong(figures[0]), Long.parseLong(figures[1]), Long.parseLong(figures[2]));
  }

  private static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  /** The comparison is worth nothing where one of them does less. */
  private static void requireSameAnswer(Application application, int... others)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> ours = application.get(application.port());
    for (int other : others) {
      HttpResponse<byte[]> answer = application.get(other);
      if (!fields(ours).equals(fields(answer)) || !Arrays.equals(ours.body(), answer.body())) {
        throw new IllegalStateException(
            "the answers differ: " + fields(ours) + " and " + fields(answer));
      }
    }
  }

  /** Names and lengths: the entity tag's value and the age may differ. */
  private static Map<String, List<Integer>> fields(HttpResponse<byte[]> answer) {
    Map<String, List<Integer>> fields = new TreeMap<>();
    answer
        .headers()
        .map()
        .forEach((name, values) -> fields.put(name, values.stream().map(String::length).toList()));
    return fields;
  }
}
