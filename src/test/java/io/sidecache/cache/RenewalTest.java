/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.cache.CacheFigures.Renewals;
import io.sidecache.cache.CacheSettings.Bound;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.CacheSettings.Renewal;
import io.sidecache.cache.Loader.LoadException;
import io.sidecache.cache.Loader.Reason;
import io.sidecache.cache.NamedCache.Reading;
import io.sidecache.invalidation.Invalidation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Entries near and past their end, with time and loads driven by hand. */
final class RenewalTest {
  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final Renewal WHILE_REVALIDATE =
      new Renewal(0, Optional.empty(), WINDOW, Duration.ZERO);
  private static final Renewal IF_ERROR = new Renewal(0, Optional.empty(), Duration.ZERO, WINDOW);
  private static final Renewal AHEAD =
      new Renewal(0, Optional.of(Duration.ofMinutes(8)), Duration.ZERO, Duration.ZERO);

  private static CacheFixture holding(Renewal renewal, String text) {
    CacheFixture fixture = CacheFixture.renewing(renewal);
    load(fixture, text);
    return fixture;
  }

  private static void load(CacheFixture fixture, String text) {
    fixture.cache.load("k", false, false);
    answer(fixture, text);
  }

  private static void answer(CacheFixture fixture, String text) {
    fixture
        .loads
        .remove()
        .complete(
            Optional.of(
                new Value(
                    text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    "text/plain",
                    Optional.empty(),
                    List.of("list"),
                    Optional.empty())));
  }

  private static void fail(CacheFixture fixture) {
    fixture.loads.remove().completeExceptionally(new LoadException(Reason.FAILED, "test"));
  }

  private static Reading.Hit hit(CacheFixture fixture) {
    Reading reading = fixture.cache.read("k");
    assertThat(reading).isInstanceOf(Reading.Hit.class);
    return (Reading.Hit) reading;
  }

  private static Renewals figures(CacheFixture fixture) {
    return fixture.cache.figures().renewals();
  }

  static List<Invalidation> invalidations() {
    return List.of(
        new Invalidation.Key(CacheFixture.NAME, "k"),
        new Invalidation.Tag(CacheFixture.NAME, "list"),
        new Invalidation.WholeCache(CacheFixture.NAME));
  }

  @Test
  void read_pastItsEnd_isServedWhileOneLoadRuns() {
    CacheFixture fixture = holding(WHILE_REVALIDATE, "old");
    fixture.pass(CacheFixture.LIFE.minusNanos(1));
    assertThat(hit(fixture).isExpired()).isFalse();
    assertThat(fixture.loads).isEmpty();

    fixture.pass(Duration.ofSeconds(5).plusNanos(1));
    Reading.Hit stale = hit(fixture);
    assertThat(stale.isExpired()).isTrue();
    assertThat(stale.ttlSeconds()).isEqualTo(-5);
    assertThat(stale.staleNanos()).isEqualTo(Duration.ofSeconds(5).toNanos());
    assertThat(CacheFixture.text(hit(fixture).entry())).isEqualTo("old");
    assertThat(fixture.loads).hasSize(1);

    answer(fixture, "new");
    assertThat(CacheFixture.text(hit(fixture).entry())).isEqualTo("new");
    assertThat(fixture.loads).isEmpty();
    assertThat(figures(fixture)).isEqualTo(new Renewals(2, 0, 1, 0));
    assertThat(fixture.cache.figures().hits()).isEqualTo(4);
  }

  @Test
  void read_oneNanosecondPastItsEnd_isNotSaidToHaveLifeLeft() {
    CacheFixture fixture = holding(WHILE_REVALIDATE, "old");
    fixture.pass(CacheFixture.LIFE.plusNanos(1));
    assertThat(hit(fixture).ttlSeconds()).isEqualTo(-1);
  }

  @Test
  void read_pastTheWindow_isAMissAndTheEntryIsGone() {
    CacheFixture fixture = holding(WHILE_REVALIDATE, "old");
    fixture.pass(CacheFixture.LIFE.plus(WINDOW).minusNanos(1));
    hit(fixture);
    fail(fixture);
    fixture.pass(Duration.ofNanos(1));
    assertThat(fixture.cache.read("k")).isEqualTo(new Reading.Miss(false, false));
    fixture.cache.load("other", false, false);
    answer(fixture, "makes Caffeine tidy up");
    fixture.runBackground();
    assertThat(fixture.cache.figures().size()).isEqualTo(1);
    assertThat(fixture.cache.figures().expired()).isEqualTo(1);
  }

  @Test
  void revalidation_failed_keepsTheOldAndPausesBeforeTheNext() {
    CacheFixture fixture = holding(WHILE_REVALIDATE, "old");
    fixture.pass(CacheFixture.LIFE);
    hit(fixture);
    fail(fixture);

    assertThat(CacheFixture.text(hit(fixture).entry())).isEqualTo("old");
    assertThat(fixture.loads).as("loads right after a failure").isEmpty();
    fixture.pass(Duration.ofSeconds(1));
    hit(fixture);
    assertThat(fixture.loads).hasSize(1);
    answer(fixture, "new");
    assertThat(CacheFixture.text(hit(fixture).entry())).isEqualTo("new");
    assertThat(figures(fixture)).isEqualTo(new Renewals(3, 0, 1, 1));
    assertThat(fixture.cache.figures().loadFailures()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("invalidations")
  void revalidation_overtaken_isNotStored(Invalidation invalidation) {
    CacheFixture fixture = holding(WHILE_REVALIDATE, "old");
    fixture.pass(CacheFixture.LIFE);
    hit(fixture);
    fixture.change(invalidation);
    answer(fixture, "read before the change");
    assertThat(fixture.served("k")).isEmpty();
    assertThat(fixture.cache.figures().refusedFills()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("invalidations")
  void read_invalidatedPastItsEnd_isGoneForGood(Invalidation invalidation) {
    CacheFixture fixture = holding(new Renewal(0, Optional.empty(), WINDOW, WINDOW), "old");
    fixture.pass(CacheFixture.LIFE);
    fixture.change(invalidation);
    assertThat(fixture.cache.read("k")).isEqualTo(new Reading.Miss(false, false));
    assertThat(fixture.cache.readOnError("k")).isEmpty();
    assertThat(fixture.loads).isEmpty();
  }

  @Test
  void read_pastItsEndDuringAGap_followsOnGapAlone() {
    CacheFixture fixture =
        CacheFixture.of(
                CacheFixture.settings(
                    new OnGap.ServeStale(Duration.ofDays(1)),
                    new Renewal(0, Optional.of(Duration.ofMinutes(8)), WINDOW, WINDOW)),
                true)
            .fresh();
    load(fixture, "old");
    fixture.ticker.advance(Duration.ofMinutes(9));
    assertThat(hit(fixture).duringGap()).isTrue();
    assertThat(fixture.loads).as("a refresh during a gap").isEmpty();

    fixture.ticker.advance(Duration.ofMinutes(1));
    assertThat(fixture.cache.read("k")).isEqualTo(new Reading.Miss(true, false));
    assertThat(fixture.cache.readOnError("k")).isEmpty();
    assertThat(fixture.loads).isEmpty();
  }

  @Test
  void readOnError_pastItsEnd_isServedUpToTheWindow() {
    CacheFixture fixture = holding(IF_ERROR, "old");
    fixture.pass(CacheFixture.LIFE);
    assertThat(fixture.cache.read("k")).isEqualTo(new Reading.Miss(false, true));
    assertThat(fixture.loads).as("loads without a reader").isEmpty();

    fixture.pass(WINDOW.minusNanos(1));
    Reading.Hit kept = fixture.cache.readOnError("k").orElseThrow();
    assertThat(CacheFixture.text(kept.entry())).isEqualTo("old");
    assertThat(kept.isExpired()).isTrue();
    assertThat(figures(fixture)).isEqualTo(new Renewals(0, 1, 0, 0));

    fixture.pass(Duration.ofNanos(1));
    assertThat(fixture.cache.readOnError("k")).isEmpty();
  }

  @Test
  void windows_ofDifferentLength_eachHoldForTheirOwn() {
    CacheFixture fixture =
        holding(
            new Renewal(0, Optional.empty(), Duration.ofSeconds(10), Duration.ofSeconds(60)),
            "old");
    fixture.pass(CacheFixture.LIFE.plusSeconds(10));
    assertThat(fixture.cache.read("k")).isEqualTo(new Reading.Miss(false, true));
    assertThat(fixture.cache.readOnError("k")).isPresent();
  }

  @Test
  void negativeEntry_pastItsEnd_isServedMeanwhileToo() {
    CacheFixture fixture = CacheFixture.renewing(WHILE_REVALIDATE);
    fixture.cache.load("k", false, false);
    fixture.loads.remove().complete(Optional.empty());
    fixture.pass(Duration.ofSeconds(31));
    assertThat(hit(fixture).entry().isNegative()).isTrue();
    answer(fixture, "come");
    assertThat(fixture.served("k")).contains("come");
  }

  @Test
  void fill_withoutAnyLife_isNotServedPastIt() {
    CacheFixture fixture = CacheFixture.renewing(new Renewal(0, Optional.empty(), WINDOW, WINDOW));
    Value ofTheMoment =
        new Value(
            new byte[] {1}, "text/plain", Optional.empty(), List.of(), Optional.of(Duration.ZERO));
    fixture.cache.fill("k", ofTheMoment, fixture.cache.token("k"));
    assertThat(fixture.cache.read("k")).isEqualTo(new Reading.Miss(false, false));
    assertThat(fixture.cache.readOnError("k")).isEmpty();
  }

  @Test
  void read_dueAheadOfItsEnd_isServedWhileOneLoadRuns() {
    CacheFixture fixture = holding(AHEAD, "old");
    fixture.pass(Duration.ofMinutes(8).minusNanos(1));
    hit(fixture);
    assertThat(fixture.loads).as("loads before it is due").isEmpty();

    fixture.pass(Duration.ofNanos(1));
    assertThat(hit(fixture).isExpired()).isFalse();
    assertThat(CacheFixture.text(hit(fixture).entry())).isEqualTo("old");
    assertThat(fixture.loads).hasSize(1);
    answer(fixture, "new");
    assertThat(CacheFixture.text(hit(fixture).entry())).isEqualTo("new");
    assertThat(hit(fixture).ageNanos()).isZero();
    assertThat(fixture.loads).isEmpty();
    assertThat(figures(fixture)).isEqualTo(new Renewals(0, 0, 1, 0));
  }

  @Test
  void refresh_missOfTheSameKey_joinsIt() {
    CacheFixture fixture = holding(WHILE_REVALIDATE, "old");
    fixture.pass(CacheFixture.LIFE.plus(WINDOW).minusNanos(1));
    hit(fixture);
    fixture.pass(Duration.ofNanos(1));
    assertThat(fixture.served("k")).isEmpty();
    CompletableFuture<NamedCache.Loaded> reader =
        fixture.cache.load("k", false, false).toCompletableFuture();
    assertThat(fixture.loads).hasSize(1);
    answer(fixture, "new");
    assertThat(reader.join().collapsed()).isTrue();
  }

  @Test
  void refresh_noRoomToSpare_isLeftToALaterHit() {
    CacheFixture fixture = holding(AHEAD, "old");
    fixture.pass(Duration.ofMinutes(8));
    fixture.roomToSpare = false;
    hit(fixture);
    assertThat(fixture.loads).isEmpty();
    fixture.roomToSpare = true;
    hit(fixture);
    assertThat(fixture.loads).hasSize(1);
  }

  @Test
  void refresh_entryReplacedSinceItWasRead_isNotLoadedAgain() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    List<String> loaded = new ArrayList<>();
    Flights flights =
        new Flights(
            key -> {
              loaded.add(key);
              return new CompletableFuture<>();
            },
            new Fence(),
            fixture.freshness,
            fixture.ticker,
            new Counters(),
            (key, flight, answer) -> {
              throw new AssertionError("nothing was loaded");
            });
    assertThat(flights.refresh("replaced", () -> false)).isEmpty();
    assertThat(flights.refresh("k", () -> true)).isPresent();
    assertThat(flights.refresh("k", () -> true)).as("under way").isEmpty();
    assertThat(loaded).containsExactly("k");
  }

  @Test
  void refresh_rowGoneAndNotToBeRemembered_endsTheOldValue() {
    CacheSettings plain = CacheFixture.settings(new OnGap.Bypass(), AHEAD);
    CacheFixture fixture =
        CacheFixture.of(
                new CacheSettings(
                    CacheFixture.NAME,
                    plain.bound(),
                    plain.expireAfterWrite(),
                    Optional.empty(),
                    Duration.ZERO,
                    plain.onGap(),
                    100,
                    false,
                    AHEAD),
                true)
            .fresh();
    load(fixture, "old");
    fixture.pass(Duration.ofMinutes(8));
    hit(fixture);
    fixture.loads.remove().complete(Optional.empty());
    assertThat(fixture.served("k")).isEmpty();
  }

  @Test
  void gap_openedDuringARevalidation_keepsItsValueFromBeingServed() {
    CacheFixture fixture = holding(WHILE_REVALIDATE, "old");
    fixture.pass(CacheFixture.LIFE);
    hit(fixture);
    fixture.openGap();
    answer(fixture, "new");
    assertThat(fixture.served("k")).isEmpty();
  }

  @Test
  void staleEntry_inItsWindow_weighs() {
    CacheFixture fixture =
        CacheFixture.of(
                new CacheSettings(
                    CacheFixture.NAME,
                    new Bound.Weight(10_000),
                    Optional.of(CacheFixture.LIFE),
                    Optional.empty(),
                    Duration.ZERO,
                    new OnGap.Bypass(),
                    100,
                    false,
                    IF_ERROR),
                true)
            .fresh();
    load(fixture, "old");
    fixture.runBackground();
    long weight = fixture.cache.figures().weightBytes().orElseThrow();
    fixture.pass(CacheFixture.LIFE);
    fixture.cache.read("k");
    fixture.runBackground();
    assertThat(weight).isPositive();
    assertThat(fixture.cache.figures().weightBytes()).hasValue(weight);

    load(fixture, "new");
    fixture.runBackground();
    assertThat(fixture.cache.figures().weightBytes()).hasValue(weight);
    assertThat(fixture.cache.figures().expired()).as("replaced in its window").isZero();
  }

  @Test
  void jitter_entriesStoredTogether_doNotEndTogetherNorLate() {
    CacheFixture fixture =
        CacheFixture.renewing(new Renewal(10, Optional.empty(), Duration.ZERO, Duration.ZERO));
    for (int key = 0; key < 1_000; key++) {
      fixture.fill(Integer.toString(key), "x");
    }
    assertThat(alive(fixture)).isEqualTo(1_000);
    fixture.pass(Duration.ofMinutes(9));
    assertThat(alive(fixture)).as("at the soonest end").isEqualTo(1_000);
    fixture.pass(Duration.ofSeconds(30));
    assertThat(alive(fixture)).as("half way").isBetween(400L, 600L);
    fixture.pass(Duration.ofSeconds(30));
    assertThat(alive(fixture)).as("at the latest end").isZero();
  }

  private static long alive(CacheFixture fixture) {
    long alive = 0;
    for (int key = 0; key < 1_000; key++) {
      alive += fixture.cache.peek(Integer.toString(key)).isPresent() ? 1 : 0;
    }
    return alive;
  }

  @Test
  void jitter_entriesStoredTogether_areNotRefreshedTogetherAndBeforeTheirEnd() {
    CacheFixture fixture =
        CacheFixture.renewing(
            new Renewal(50, Optional.of(Duration.ofSeconds(500)), Duration.ZERO, Duration.ZERO));
    for (int key = 0; key < 100; key++) {
      fixture.fill(Integer.toString(key), "x");
    }
    int mostAtOnce = 0;
    int misses = 0;
    int refreshed = 0;
    for (int second = 250; second < 600; second++) {
      fixture.pass(Duration.ofSeconds(second == 250 ? 250 : 1));
      for (int key = 0; key < 100; key++) {
        misses += fixture.served(Integer.toString(key)).isEmpty() ? 1 : 0;
      }
      mostAtOnce = Math.max(mostAtOnce, fixture.loads.size());
      refreshed += fixture.loads.size();
      while (!fixture.loads.isEmpty()) {
        answer(fixture, "new");
      }
    }
    assertThat(misses).isZero();
    assertThat(mostAtOnce).isLessThan(15);
    assertThat(refreshed).isGreaterThanOrEqualTo(100);
  }

  @Test
  void jitter_lifeOfAFillsOwn_isItsUpperBound() {
    CacheFixture fixture =
        CacheFixture.renewing(new Renewal(50, Optional.empty(), Duration.ZERO, Duration.ZERO));
    for (int key = 0; key < 100; key++) {
      Value own =
          new Value(
              new byte[] {1},
              "text/plain",
              Optional.empty(),
              List.of(),
              Optional.of(Duration.ofSeconds(100)));
      String name = Integer.toString(key);
      fixture.cache.fill(name, own, fixture.cache.token(name));
      assertThat(fixture.cache.peek(name).orElseThrow().lifeNanos())
          .isBetween(Duration.ofSeconds(50).toNanos(), Duration.ofSeconds(100).toNanos());
    }
  }

  @Test
  void expireAfterAccess_lookedAtBySomebodyElse_endsAllTheSame() {
    CacheFixture fixture =
        CacheFixture.of(
                new CacheSettings(
                    CacheFixture.NAME,
                    new Bound.Size(10),
                    Optional.empty(),
                    Optional.of(Duration.ofSeconds(10)),
                    Duration.ZERO,
                    new OnGap.Bypass(),
                    100,
                    false),
                true)
            .fresh();
    load(fixture, "v");
    Audit audit =
        new Audit(fixture.caches, () -> new CompletableFuture<>(), new java.util.Random(1));
    fixture.pass(Duration.ofSeconds(6));
    audit.sample();
    assertThat(fixture.loads).as("the audit looked at it").hasSize(1);
    answer(fixture, "v");
    assertThat(fixture.cache.figures().audits().checked()).isEqualTo(1);
    assertThat(fixture.cache.peek("k")).isPresent();
    fixture.cache.figures();
    fixture.change(new Invalidation.Key(CacheFixture.NAME, "another"));
    fixture.pass(Duration.ofSeconds(4));
    assertThat(fixture.served("k")).isEmpty();

    load(fixture, "v");
    fixture.pass(Duration.ofSeconds(6));
    assertThat(fixture.served("k")).isPresent();
    fixture.pass(Duration.ofSeconds(6));
    assertThat(fixture.served("k")).as("read 6 s ago").isPresent();
  }

  @Test
  void audit_entryPastItsEnd_isLeftAlone() {
    CacheFixture fixture = holding(IF_ERROR, "old");
    fixture.pass(CacheFixture.LIFE);
    new Audit(fixture.caches, () -> new CompletableFuture<>(), new java.util.Random(1)).sample();
    assertThat(fixture.loads).isEmpty();
  }
}
