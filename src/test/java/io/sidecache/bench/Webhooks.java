/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import static org.awaitility.Awaitility.await;

import io.sidecache.testing.TestPostgres.Database;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * How long after a commit a peer has its webhook, beside how long it took until the entry was gone;
 * and how many webhooks the packaged application sends to one peer and to ten, beside a bare
 * client's loop that posts the same bytes to the same receiver.
 */
final class Webhooks {
  private static final String WATCHED = "latency";
  private static final String PROMPT = "prompt";
  private static final String USUAL = "usual";
  private static final int[] RATES_PER_SECOND = {1_000, 10_000};
  private static final int LATENCY_ROUNDS = 4;
  private static final int ROUND_SECONDS = 4;
  private static final int WARM_UPS = 4;
  private static final int ROUNDS = 5;

  private final Path target;
  private final Database database;

  Webhooks(Path target, Database database) {
    this.target = target;
    this.database = database;
  }

  /**
   * Some peers that are told of one cache, whose channel has its name.
   *
   * @param cache the cache, and the start of the peers' names
   * @param peers how many
   * @param batch how many evictions a message has at most
   * @param evictions how many are sent at once
   */
  private record Group(String cache, int peers, int batch, int evictions) {
    List<String> names() {
      return IntStream.range(0, peers).mapToObj(peer -> cache + peer).toList();
    }

    List<String> paths() {
      return names().stream().map(Webhooks::path).toList();
    }

    String called() {
      return String.format(
          Locale.ROOT,
          "webhooks, evictions/s to %s, %s",
          peers == 1 ? "1 peer" : peers + " peers",
          batch == 1 ? "1 a message" : "up to " + batch + " a message");
    }
  }

  private static final List<Group> GROUPS =
      List.of(
          new Group("single", 1, 1, 10_000),
          new Group("singles", 10, 1, 2_000),
          new Group("batch", 1, 100, 20_000),
          new Group("batches", 10, 100, 10_000));

  /** One round's percentiles come from these. */
  private record Round(Histogram evicted, Histogram prompt, Histogram usual, double perSecond) {}

  void run(Report report) throws Exception {
    Vertx receivers = Vertx.vertx();
    Vertx senders = Vertx.vertx();
    try (Connection writer = database.dataSource().getConnection()) {
      Receiver receiver = Receiver.start(receivers);
      Application application = new Application();
      try (ChildJvm child = ChildJvm.start(command(application, receiver.port()))) {
        child.await("witness ready");
        application.awaitReady();
        receiver.awaitFirst(
            Stream.concat(
                    Stream.of(path(PROMPT), path(USUAL)),
                    GROUPS.stream().flatMap(group -> group.paths().stream()))
                .toList());
        latency(report, child, receiver, writer);
        for (Group group : GROUPS) {
          rates(
              report,
              group,
              application,
              receiver,
              new BareWebhooks(senders, receiver.port()),
              writer);
        }
      }
    } finally {
      close(receivers);
      close(senders);
    }
    report.note(
        String.format(
            Locale.ROOT,
            "webhooks: the packaged application, a receiver on loopback. Commit→received: %d rounds"
                + " of %d s per rate, medians of the rounds' percentiles; the yardstick is"
                + " commit→evicted of the same application in the same rounds. Evictions/s: %d"
                + " rounds in turns, from the moment when all wait for their peers until the last"
                + " is received; the yardstick is a bare Vert.x client that posts the same"
                + " messages, written and signed already, to the same receiver, over one connection"
                + " to each peer.",
            LATENCY_ROUNDS,
            ROUND_SECONDS,
            ROUNDS));
  }

  private static void close(Vertx vertx) throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static String path(String peer) {
    return "/hooks/" + peer;
  }

  private List<String> command(Application application, int port) throws Exception {
    List<String> command = new ArrayList<>(application.systemProperties(database));
    command.add("-Xmx512m");
    channel(command, WATCHED, 100_000);
    peer(command, PROMPT, WATCHED, port, 100);
    peer(command, USUAL, WATCHED, port, 100);
    command.add("-Dsidecache.webhooks." + PROMPT + ".linger=0s");
    for (Group group : GROUPS) {
      channel(command, group.cache, 1_000);
      group.names().forEach(name -> peer(command, name, group.cache, port, group.batch));
    }
    command.addAll(Packaged.command(target));
    command.addAll(List.of(Witness.class.getName(), WATCHED));
    return command;
  }

  private static void channel(List<String> command, String cache, int size) {
    command.add("-Dsidecache.channels." + cache + ".cache=" + cache);
    command.add("-Dsidecache.caches." + cache + ".maximum-size=" + size);
    command.add("-Dsidecache.caches." + cache + ".unfenced-fills=true");
  }

  private static void peer(List<String> command, String name, String cache, int port, int batch) {
    String peer = "-Dsidecache.webhooks." + name + ".";
    command.add(peer + "url=http://127.0.0.1:" + port + path(name));
    command.add(peer + "caches=" + cache);
    command.add(peer + "secret=whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
    command.add(peer + "max-batch-size=" + batch);
    command.add(peer + "queue-capacity=100000"); // no burst of ours becomes a reset
    command.add(peer + "read-timeout=50s");
    command.add(peer + "request-timeout=60s");
  }

  private static void latency(Report report, ChildJvm child, Receiver receiver, Connection writer)
      throws Exception {
    Commits commits = new Commits(writer, WATCHED);
    for (int i = 0; i < 2; i++) {
      round(child, receiver, commits, 5_000, 3);
    }
    for (int rate : RATES_PER_SECOND) {
      List<Round> rounds = new ArrayList<>();
      for (int i = 0; i < LATENCY_ROUNDS; i++) {
        rounds.add(round(child, receiver, commits, rate, ROUND_SECONDS));
      }
      String at = String.format(Locale.ROOT, "commit→webhook received at %,d/s, ", rate);
      double reached = Median.of(rounds.stream().map(Round::perSecond).toList());
      if (reached < 0.98 * rate) {
        at += String.format(Locale.ROOT, "(%,.0f/s reached) ", reached);
      }
      for (double percentile : new double[] {50, 99}) {
        String which = String.format(Locale.ROOT, "p%.0f", percentile);
        List<Double> evicted = values(rounds, Round::evicted, percentile);
        report.beside(
            at + "linger 0s, " + which,
            new Turns(values(rounds, Round::prompt, percentile), evicted),
            Webhooks::micros);
        report.beside(
            at + "linger 10ms, " + which,
            new Turns(values(rounds, Round::usual, percentile), evicted),
            Webhooks::micros);
      }
    }
  }

  private static List<Double> values(
      List<Round> rounds, java.util.function.Function<Round, Histogram> whose, double percentile) {
    return rounds.stream()
        .map(round -> (double) whose.apply(round).getValueAtPercentile(percentile))
        .toList();
  }

  private static String micros(double nanos) {
    return String.format(Locale.ROOT, "%,.0f µs", nanos / 1_000);
  }

  private static Round round(
      ChildJvm child, Receiver receiver, Commits commits, int perSecond, int seconds)
      throws Exception {
    AtomicLongArray sentNanos = new AtomicLongArray(perSecond * seconds);
    Latencies prompt = new Latencies(sentNanos);
    Latencies usual = new Latencies(sentNanos);
    receiver.listen(path(PROMPT), key -> prompt.heard(key, System.nanoTime()));
    receiver.listen(path(USUAL), key -> usual.heard(key, System.nanoTime()));
    child.tell("fill " + sentNanos.length());
    child.await("witness filled");
    double reached = commits.paced(sentNanos, perSecond);
    Histogram promptly = prompt.complete();
    Histogram usually = usual.complete();
    child.tell("evicted");
    Latencies evicted = new Latencies(sentNanos);
    int key = 0;
    for (String nanos : child.await("witness evicted").split(" ", -1)) {
      evicted.heard(key, Long.parseLong(nanos));
      key++;
    }
    return new Round(evicted.complete(), promptly, usually, reached);
  }

  private static void rates(
      Report report,
      Group group,
      Application application,
      Receiver receiver,
      BareWebhooks bare,
      Connection writer)
      throws Exception {
    Commits commits = new Commits(writer, group.cache);
    // By processor time per message it takes some 50,000 messages until all is compiled.
    for (int i = 0; i < WARM_UPS; i++) {
      ours(group, application, receiver, commits);
    }
    receiver.keep(true);
    ours(group, application, receiver, commits);
    receiver.keep(false);
    Map<String, List<Receiver.Message>> messages = new LinkedHashMap<>();
    group.paths().forEach(path -> messages.put(path, receiver.kept(path)));
    yardstick(group, receiver, bare, messages);
    List<Double> ours = new ArrayList<>();
    List<Double> yardstick = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      ours.add(ours(group, application, receiver, commits));
      yardstick.add(yardstick(group, receiver, bare, messages));
    }
    report.rate(group.called(), new Turns(ours, yardstick), Webhooks::count);
  }

  /**
   * The first message is not answered before all the evictions wait, so that this is about how fast
   * they are delivered, and not about how fast PostgreSQL tells of them.
   */
  private static double ours(
      Group group, Application application, Receiver receiver, Commits commits) throws Exception {
    Arrivals arrivals = expect(group, receiver);
    receiver.hold();
    commits.atOnce(group.evictions);
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(30))
        .until(() -> application.queued(group.names()) >= group.evictions - group.batch);
    long startNanos = System.nanoTime();
    receiver.release();
    return perSecond(group, arrivals.completeNanos() - startNanos);
  }

  private static double yardstick(
      Group group,
      Receiver receiver,
      BareWebhooks bare,
      Map<String, List<Receiver.Message>> messages)
      throws Exception {
    Arrivals arrivals = expect(group, receiver);
    long startNanos = System.nanoTime();
    bare.post(messages);
    return perSecond(group, arrivals.completeNanos() - startNanos);
  }

  private static Arrivals expect(Group group, Receiver receiver) {
    Arrivals arrivals = new Arrivals(group.evictions, group.peers);
    group.paths().forEach(path -> receiver.listen(path, arrivals::heard));
    return arrivals;
  }

  private static double perSecond(Group group, long nanos) {
    return (double) group.evictions * group.peers * 1e9 / nanos;
  }

  private static String count(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }
}
