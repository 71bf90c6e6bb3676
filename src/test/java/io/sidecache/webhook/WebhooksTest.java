/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import io.sidecache.webhook.PeerClient.Answer;
import io.sidecache.webhook.PeerClient.UndeliveredException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a peer is told, and what it is told when it cannot be told. */
final class WebhooksTest {
  private static final Signer SIGNER = new Signer(List.of(new byte[24]));

  private final List<Webhooks> made = new ArrayList<>();
  private final FakeClient client = new FakeClient();
  private final CountDownLatch latch = new CountDownLatch(1);

  @AfterEach
  void close() {
    latch.countDown();
    made.forEach(Webhooks::close);
  }

  /** The settings of one peer, and what a test changes of them. */
  private record Given(
      Set<String> caches, Set<String> groups, int batch, int queue, int attempts, int letters) {
    static Given usual() {
      return new Given(Set.of(), Set.of(), 10, 100, 3, 10);
    }

    Given interest(Set<String> named, Set<String> groupNames) {
      return new Given(named, groupNames, batch, queue, attempts, letters);
    }

    Given queue(int capacity) {
      return new Given(caches, groups, batch, capacity, attempts, letters);
    }

    /** Batches of exactly two, however slow the machine is. */
    Given pairs() {
      return new Given(caches, groups, 2, queue, attempts, letters);
    }

    Given letters(int most) {
      return new Given(caches, groups, batch, queue, attempts, most);
    }

    PeerSettings settings(String name) {
      return new PeerSettings(
          name,
          "http://peer",
          caches,
          groups,
          new PeerSettings.Batching(
              batch == 2 ? Duration.ofMinutes(1) : Duration.ofMillis(2), batch, 1 << 20),
          new PeerSettings.Retries(attempts, Duration.ofMillis(1), Duration.ofMillis(5)),
          queue,
          letters);
    }
  }

  private Webhooks webhooks(Given given) {
    return webhooks(List.of(new Webhooks.Recipient(given.settings("p"), SIGNER, client)));
  }

  private Webhooks webhooks(List<Webhooks.Recipient> recipients) {
    Webhooks webhooks =
        new Webhooks(
            recipients,
            new Webhooks.Surroundings(
                "i-1",
                "process-1",
                Clock.systemUTC(),
                System::nanoTime,
                () -> 0.5,
                Duration.ofMillis(300)));
    made.add(webhooks);
    webhooks.start();
    return webhooks;
  }

  /** One that has sent its first reset. */
  private Webhooks started(Given given) {
    Webhooks webhooks = webhooks(given);
    gapClosed(webhooks);
    awaitTold("reset");
    return webhooks;
  }

  private static void gapClosed(Webhooks webhooks) {
    webhooks.apply(1, new SourceSignal.GapClosed(Duration.ZERO));
  }

  private static void change(Webhooks webhooks, Invalidation invalidation) {
    webhooks.apply(1, new SourceSignal.Changed(invalidation, null));
  }

  private static void keys(Webhooks webhooks, int from, int to) {
    for (int i = from; i < to; i++) {
      change(webhooks, new Invalidation.Key("c", "k" + i));
    }
  }

  private static List<String> subjects(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "caches/c/entries/k" + i).toList();
  }

  private void awaitTold(String last) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> !client.told().isEmpty() && client.told().getLast().equals(last));
  }

  private static PeerFigures figures(Webhooks webhooks) {
    return webhooks.peers().getFirst().figures();
  }

  @Test
  void start_untilTheFirstGapIsClosed_nothingIsSaidAndThenOneReset() {
    Webhooks webhooks = webhooks(Given.usual());
    keys(webhooks, 0, 3);
    change(webhooks, new Invalidation.Everything());
    assertThat(client.posts()).isEmpty();

    gapClosed(webhooks);
    keys(webhooks, 3, 5);

    awaitTold("caches/c/entries/k4");
    assertThat(client.told())
        .containsExactly("reset", "caches/c/entries/k3", "caches/c/entries/k4");
    assertThat(figures(webhooks).covered()).isEqualTo(3);
  }

  @Test
  void evictions_moreThanABatchHolds_areToldInOrder() {
    Webhooks webhooks = started(Given.usual());

    keys(webhooks, 0, 95);

    awaitTold("caches/c/entries/k94");
    assertThat(client.told().subList(1, 96)).isEqualTo(subjects(0, 95));
    assertThat(client.posts().stream().map(post -> post.told().size()))
        .allMatch(size -> size <= 10);
    await().until(() -> figures(webhooks).delivered() == 95);
  }

  @Test
  void gap_thatEmptiedCachesAndEverything_isOneResetWhenItCloses() {
    Webhooks webhooks = started(Given.usual());

    webhooks.apply(2, new SourceSignal.GapOpened("gone"));
    change(webhooks, new Invalidation.WholeCache("c"));
    change(webhooks, new Invalidation.WholeCache("d"));
    change(webhooks, new Invalidation.Everything());
    keys(webhooks, 0, 2);
    gapClosed(webhooks);
    keys(webhooks, 2, 3);

    awaitTold("caches/c/entries/k2");
    assertThat(client.told()).containsExactly("reset", "reset", "caches/c/entries/k2");
  }

  @Test
  void gap_thatTheLogFilled_isNoReset() {
    Webhooks webhooks = started(Given.usual());

    webhooks.apply(2, new SourceSignal.GapOpened("gone"));
    keys(webhooks, 0, 2);
    gapClosed(webhooks);

    awaitTold("caches/c/entries/k1");
    assertThat(client.told())
        .containsExactly("reset", "caches/c/entries/k0", "caches/c/entries/k1");
  }

  @Test
  void overflow_whileThePeerHangs_isOneResetInPlaceOfAllThatWaited() {
    Webhooks webhooks = started(Given.usual().queue(20));
    client.hangUntil(latch);
    keys(webhooks, 0, 1);
    awaitTold("caches/c/entries/k0");

    keys(webhooks, 1, 70);
    latch.countDown();

    awaitTold("caches/c/entries/k69");
    List<String> told = client.told();
    assertThat(told.subList(0, 3)).containsExactly("reset", "caches/c/entries/k0", "reset");
    assertThat(told.subList(3, told.size())).isEqualTo(subjects(61, 70));
    assertThat(figures(webhooks).overflows()).isEqualTo(3);
    assertThat(figures(webhooks).covered()).isEqualTo(60);
  }

  @Test
  void failure_thatPasses_repeatsTheSameMessageUnderTheSameId() {
    Webhooks webhooks = started(Given.usual());
    client.answers(
        (n, post) -> {
          if (n == 2) {
            throw new UndeliveredException("refused");
          }
          return new Answer(n == 3 ? 500 : 200, Optional.empty(), Optional.empty());
        });

    keys(webhooks, 0, 1);

    await().until(() -> figures(webhooks).delivered() == 1);
    List<FakeClient.Post> posts = client.posts().subList(1, 4);
    assertThat(posts.stream().map(FakeClient.Post::id).distinct()).hasSize(1);
    assertThat(posts.stream().map(FakeClient.Post::body).distinct()).hasSize(1);
    assertThat(figures(webhooks).failures()).isEqualTo(2);
    assertThat(figures(webhooks).state()).isEqualTo(PeerFigures.State.OK);
    assertThat(figures(webhooks).lastFailure()).hasValue("status 500");
  }

  @Test
  void failure_thatLasts_isADeadLetterAndOneResetOnceThePeerAnswers() {
    Webhooks webhooks = started(Given.usual().pairs());
    client.status(500);
    keys(webhooks, 0, 2);
    await().until(() -> figures(webhooks).state() == PeerFigures.State.OPEN);
    keys(webhooks, 2, 4);
    await().until(() -> figures(webhooks).consecutiveFailures() > 6);

    client.status(204);

    awaitTold("caches/c/entries/k3");
    List<FakeClient.Post> taken =
        client.posts().subList(1 + (int) figures(webhooks).failures(), client.posts().size());
    assertThat(taken.getFirst().told()).containsExactly("reset");
    assertThat(taken.stream().flatMap(post -> post.told().stream()))
        .containsExactly("reset", "caches/c/entries/k2", "caches/c/entries/k3");
    assertThat(webhooks.peers().getFirst().deadLetters())
        .singleElement()
        .satisfies(
            letter -> {
              assertThat(letter.events()).isEqualTo(2);
              assertThat(letter.attempts()).isEqualTo(3);
              assertThat(letter.reason()).isEqualTo("status 500");
            });
    await().until(() -> figures(webhooks).delivered() == 2);
    assertThat(figures(webhooks).covered()).isEqualTo(2);
  }

  @Test
  void reset_triedAgain_keepsItsIdUnlessItStandsForMoreThanBefore() {
    Webhooks webhooks = started(Given.usual().queue(20));
    client.answers(
        (n, post) -> {
          if (n == 3) {
            // The peer has taken this one, whatever it says; then the queue overflows.
            keys(webhooks, 0, 30);
          }
          return new Answer(n < 5 ? 500 : 204, Optional.empty(), Optional.empty());
        });

    change(webhooks, new Invalidation.Everything());

    awaitTold("caches/c/entries/k29");
    List<String> ids = client.posts().stream().map(FakeClient.Post::id).toList();
    assertThat(client.told().subList(0, 5)).containsOnly("reset");
    assertThat(ids.get(1)).isEqualTo(ids.get(2)).isNotEqualTo(ids.get(0));
    assertThat(ids.get(3)).isEqualTo(ids.get(4)).isNotEqualTo(ids.get(2));
    assertThat(figures(webhooks).covered()).isEqualTo(20);
  }

  @Test
  void peerThatAnswers500ForAnHour_isBounded_delaysNobody_andIsThenResetOnce() {
    int evictions = 2_000;
    Pace usual =
        new Pace(
            new PeerSettings.Retries(8, Duration.ofMillis(200), Duration.ofSeconds(30)), () -> 0.5);
    int attempts = 0;
    for (Duration spent = Duration.ZERO; spent.toHours() < 1; attempts++) {
      spent = spent.plus(usual.after(attempts + 1));
    }
    FakeClient good = new FakeClient();
    Webhooks webhooks =
        webhooks(
            List.of(
                new Webhooks.Recipient(Given.usual().letters(3).settings("p"), SIGNER, client),
                new Webhooks.Recipient(Given.usual().settings("good"), SIGNER, good)));
    gapClosed(webhooks);
    awaitTold("reset");
    client.status(500);
    for (int i = 0; i < evictions; i += 50) {
      keys(webhooks, i, i + 50);
      int told = i + 50;
      await().until(() -> webhooks.peers().get(1).figures().delivered() == told);
      assertThat(figures(webhooks).queued()).isLessThanOrEqualTo(100);
    }
    int most = attempts;
    await().atMost(Duration.ofMinutes(1)).until(() -> figures(webhooks).failures() >= most);
    assertThat(figures(webhooks).state()).isEqualTo(PeerFigures.State.OPEN);
    assertThat(figures(webhooks).deadLetters()).isEqualTo(1);

    client.status(204);

    await().until(() -> figures(webhooks).delivered() + figures(webhooks).covered() == evictions);
    assertThat(figures(webhooks).resets()).isEqualTo(2);
    assertThat(good.told()).hasSize(1 + evictions).endsWith(subjects(1_999, 2_000).getFirst());
  }

  @Test
  void deadLetters_replayed_areSentUnderTheirOldIds() {
    Webhooks webhooks = started(Given.usual().pairs());
    client.status(500);
    keys(webhooks, 0, 2);
    await().until(() -> figures(webhooks).deadLetters() == 1);
    client.status(204);
    await().until(() -> figures(webhooks).resets() == 2);
    String id = webhooks.peers().getFirst().deadLetters().getFirst().id();

    assertThat(webhooks.peers().getFirst().replay()).isEqualTo(1);

    awaitTold("caches/c/entries/k1");
    assertThat(client.posts().getLast().id()).isEqualTo(id);
    await().until(() -> figures(webhooks).batches() == 1);
    assertThat(figures(webhooks).deadLetters()).isZero();
    assertThat(figures(webhooks).resets()).isEqualTo(2);
  }

  @Test
  void deadLetters_moreThanAreKept_dropTheOldest() {
    Webhooks webhooks = started(Given.usual().pairs().letters(0));
    client.status(500);
    keys(webhooks, 0, 2);

    await().until(() -> figures(webhooks).deadLettersDropped() == 1);
    assertThat(figures(webhooks).deadLetters()).isZero();
  }

  @Test
  void gone_disablesThePeer() {
    Webhooks webhooks = started(Given.usual());
    client.status(410);
    keys(webhooks, 0, 1);
    await().until(() -> figures(webhooks).state() == PeerFigures.State.DISABLED);
    int posts = client.posts().size();

    keys(webhooks, 1, 9);

    assertThat(figures(webhooks).discarded()).isEqualTo(9);
    assertThat(figures(webhooks).queued()).isZero();
    assertThat(client.posts()).hasSize(posts);
  }

  @Test
  void retryAfter_isWaitedFor() {
    Webhooks webhooks = started(Given.usual());
    client.answers(
        (n, post) ->
            n == 2
                ? new Answer(503, Optional.of("1"), Optional.empty())
                : new Answer(200, Optional.empty(), Optional.empty()));

    keys(webhooks, 0, 1);

    await().until(() -> figures(webhooks).delivered() == 1);
    List<FakeClient.Post> posts = client.posts();
    assertThat(posts.get(2).nanos() - posts.get(1).nanos())
        .isGreaterThanOrEqualTo(Duration.ofSeconds(1).toNanos());
  }

  @Test
  void interest_inCachesAndGroups_isHeldTo() {
    Webhooks webhooks = started(Given.usual().interest(Set.of("c"), Set.of("g")));

    change(webhooks, new Invalidation.Key("c", "k"));
    change(webhooks, new Invalidation.Tag("c", "other"));
    change(webhooks, new Invalidation.Tag("d", "g"));
    change(webhooks, new Invalidation.WholeCache("d"));
    change(webhooks, new Invalidation.Tag("c", "g"));
    change(webhooks, new Invalidation.WholeCache("c"));

    awaitTold("caches/c");
    assertThat(client.told()).containsExactly("reset", "caches/c/groups/g", "caches/c");
  }

  @Test
  void rejectedPayload_isAWholeCache() {
    Webhooks webhooks = started(Given.usual());

    webhooks.apply(2, new SourceSignal.Rejected("ch", "c", "why"));

    awaitTold("caches/c");
  }

  @Test
  void peerThatHangs_doesNotKeepOthers() {
    FakeClient other = new FakeClient();
    client.hangUntil(latch);
    Webhooks webhooks =
        webhooks(
            List.of(
                new Webhooks.Recipient(Given.usual().settings("p"), SIGNER, client),
                new Webhooks.Recipient(Given.usual().settings("q"), SIGNER, other)));
    gapClosed(webhooks);
    keys(webhooks, 0, 50);

    await().until(() -> other.told().size() == 51);
    assertThat(other.told().subList(1, 51)).isEqualTo(subjects(0, 50));
    assertThat(client.told()).containsExactly("reset");
  }

  @Test
  void close_deliversWhatWaits() {
    Webhooks webhooks = started(Given.usual());
    keys(webhooks, 0, 35);

    webhooks.close();

    assertThat(figures(webhooks).delivered()).isEqualTo(35);
    keys(webhooks, 35, 36);
    assertThat(figures(webhooks).discarded()).isEqualTo(1);
  }

  @Test
  void close_whileThePeerHangs_endsAndAccounts() {
    Webhooks webhooks = started(Given.usual());
    client.hangUntil(latch);
    keys(webhooks, 0, 35);
    await().until(() -> client.posts().size() == 2);

    webhooks.close();

    assertThat(webhooks.peers().getFirst().undelivered()).isEqualTo(35);
  }

  /** A peer that is a sidecar without a database: each answer has a nonce for one heartbeat. */
  private void givesNonces() {
    client.answers((n, post) -> new Answer(202, Optional.empty(), Optional.of("nonce-" + n)));
  }

  private static void heartbeat(Webhooks webhooks, long sentNanos) {
    webhooks.apply(
        1,
        new SourceSignal.Heartbeat("n", new Position(1, 0, 16), Snapshot.parse("7:7:"), sentNanos));
  }

  @Test
  void heartbeat_sentAfterTheNonceWasGiven_isPassedOnBehindWhatWaits() {
    givesNonces();
    Webhooks webhooks = started(Given.usual());
    long early = System.nanoTime() - Duration.ofMinutes(1).toNanos();
    await().until(() -> figures(webhooks).resets() == 1);

    heartbeat(webhooks, early);
    keys(webhooks, 0, 25);
    await().until(() -> figures(webhooks).delivered() == 25);
    assertThat(client.told()).doesNotContain("heartbeat");
    keys(webhooks, 25, 50);
    heartbeat(webhooks, System.nanoTime() + Duration.ofMinutes(1).toNanos());

    await().until(() -> client.told().contains("heartbeat"));
    assertThat(client.told().indexOf("heartbeat"))
        .isGreaterThan(client.told().indexOf("caches/c/entries/k49"));
    FakeClient.Post beat =
        client.posts().stream()
            .filter(p -> p.told().contains("heartbeat"))
            .findFirst()
            .orElseThrow();
    assertThat(beat.body())
        .containsPattern(
            "\"data\":\\{\"nonce\":\"nonce-\\d+\",\"position\":\"1-0-0/10\",\"snapshot\":\"7:7:\"}");
    assertThat(figures(webhooks).batches()).isPositive();
  }

  @Test
  void heartbeat_thatThePeerDoesNotTake_isNoDeadLetterAndTheNextAsksForANonce() {
    givesNonces();
    Webhooks webhooks = started(Given.usual());
    await().until(() -> figures(webhooks).resets() == 1);
    client.status(500);
    heartbeat(webhooks, Long.MAX_VALUE / 2 + System.nanoTime());
    await().until(() -> figures(webhooks).state() == PeerFigures.State.OPEN);
    assertThat(figures(webhooks).resetOwed()).isFalse();
    assertThat(figures(webhooks).deadLetters()).isZero();

    givesNonces();
    await()
        .until(
            () -> {
              heartbeat(webhooks, System.nanoTime());
              return figures(webhooks).state() == PeerFigures.State.OK;
            });

    assertThat(client.posts().stream().map(FakeClient.Post::body))
        .anyMatch(body -> body.contains("\"data\":{}"));
  }

  @Test
  void peerThatIsAnotherProcess_isResetBeforeAnyHeartbeatProvesAnything() {
    // Two processes behind one address: b takes what is said of k0 and the beat behind it.
    client.answers(
        (n, post) ->
            new Answer(204, Optional.empty(), Optional.of((n == 2 || n == 3 ? "b-" : "a-") + n)));
    Webhooks webhooks = started(Given.usual());
    await().until(() -> figures(webhooks).resets() == 1);

    keys(webhooks, 0, 1);
    await().until(() -> figures(webhooks).resets() == 2);
    keys(webhooks, 1, 2);
    await().until(() -> figures(webhooks).resets() == 3);
    keys(webhooks, 2, 3);
    await().until(() -> figures(webhooks).delivered() == 3);
    heartbeat(webhooks, System.nanoTime() + Duration.ofMinutes(1).toNanos());

    awaitTold("heartbeat");
    assertThat(client.told())
        .containsExactly(
            "reset",
            "caches/c/entries/k0",
            "reset",
            "caches/c/entries/k1",
            "reset",
            "caches/c/entries/k2",
            "heartbeat");
    assertThat(client.posts().getLast().body()).contains("\"nonce\":\"a-6\"");
  }

  @Test
  void heartbeat_forAProcessThatIsGone_asksForANonce() {
    CountDownLatch latch = new CountDownLatch(1);
    client.answers(
        (n, post) -> {
          if (n == 2) {
            latch.await();
          }
          return new Answer(204, Optional.empty(), Optional.of((n == 1 ? "a-" : "b-") + n));
        });
    Webhooks webhooks = started(Given.usual());
    await().until(() -> figures(webhooks).resets() == 1);
    keys(webhooks, 0, 1);
    awaitTold("caches/c/entries/k0");
    heartbeat(webhooks, System.nanoTime() + Duration.ofMinutes(1).toNanos());

    latch.countDown();

    awaitTold("heartbeat");
    assertThat(client.told()).containsExactly("reset", "caches/c/entries/k0", "reset", "heartbeat");
    assertThat(client.posts().getLast().body()).contains("\"data\":{}");
  }

  @Test
  void heartbeat_toAPeerThatIsToldOfAPart_isNotPassedOn() {
    givesNonces();
    Webhooks webhooks = started(Given.usual().interest(Set.of("c"), Set.of()));
    await().until(() -> figures(webhooks).resets() == 1);

    heartbeat(webhooks, System.nanoTime() + Duration.ofMinutes(1).toNanos());
    keys(webhooks, 0, 1);

    awaitTold("caches/c/entries/k0");
    assertThat(client.told()).containsExactly("reset", "caches/c/entries/k0");
  }

  @Test
  void ids_ofKnownTransactions_areTheSameInEveryProcess() {
    EventIds one = new EventIds("one");
    EventIds two = new EventIds("two");
    Position position = new Position(1, 745, 0);
    assertThat(one.of(told(1, "k", position))).isEqualTo(two.of(told(2, "k", position)));
    assertThat(one.of(told(1, "k", position)))
        .isNotEqualTo(one.of(told(1, "l", position)))
        .isNotEqualTo(one.of(told(1, "k", new Position(2, 745, 0))))
        .isNotEqualTo(one.of(told(1, "k", new Position(1, 746, 0))));
    assertThat(one.of(told(1, "k", null))).isNotEqualTo(two.of(told(1, "k", null)));
    assertThat(one.of(told(1, "k", null))).isNotEqualTo(one.of(told(2, "k", null)));
    assertThat(EventIds.ofMessage("p", List.of("a", "b")))
        .isNotEqualTo(EventIds.ofMessage("q", List.of("a", "b")))
        .isNotEqualTo(EventIds.ofMessage("p", List.of("a")));
  }

  private static Told told(
      long number, String key, @org.jspecify.annotations.Nullable Position position) {
    return Told.of(
        number,
        new io.sidecache.pipeline.Event(
            new Invalidation.Key("c", key), position, Clock.systemUTC().instant()));
  }

  @Test
  void told_bytes_areNeverLessThanWhatIsWritten() {
    BatchWriter writer =
        new BatchWriter(
            "p",
            "urn:sidecache:" + "i".repeat(128),
            new EventIds("x".repeat(16)),
            Clock.systemUTC());
    for (String key : List.of("", "a".repeat(500), "\u0001".repeat(500), "\"é€😀\\".repeat(100))) {
      Told told = told(Long.MAX_VALUE, key, new Position(0xFFFF_FFFFL, -1, -1));
      assertThat(writer.evictions(List.of(told)).body().length)
          .isLessThanOrEqualTo(told.mostBytes() + 2);
    }
  }
}
