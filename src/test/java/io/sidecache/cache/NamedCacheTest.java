/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidecache.cache.CacheSettings.Bound;
import io.sidecache.cache.CacheSettings.OnGap;
import io.sidecache.cache.Loader.LoadException;
import io.sidecache.cache.NamedCache.Filled;
import io.sidecache.cache.NamedCache.Loaded;
import io.sidecache.cache.NamedCache.Reading;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Snapshot;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class NamedCacheTest {
  private static final String CACHE = CacheFixture.NAME;

  @Test
  void fill_withToken_isServed() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    assertThat(fixture.fill("42", "one")).isEqualTo(Filled.CREATED);
    assertThat(fixture.served("42")).contains("one");
    assertThat(fixture.fill("42", "two")).isEqualTo(Filled.REPLACED);
    assertThat(fixture.served("42")).contains("two");
    assertThat(fixture.cache.figures().fills()).isEqualTo(2);
  }

  @Test
  void fill_tokenOlderThanInvalidation_isRefused() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    String token = fixture.cache.token("42");
    fixture.change(new Invalidation.Key(CACHE, "42"));
    assertThat(fixture.cache.fill("42", CacheFixture.text("old"), token))
        .isEqualTo(Filled.OVERTAKEN);
    assertThat(fixture.served("42")).isEmpty();
    assertThat(fixture.cache.figures().refusedFills()).isEqualTo(1);
  }

  @Test
  void fill_tokenOlderThanWholeInvalidation_isRefused() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    String token = fixture.cache.token("42");
    fixture.change(new Invalidation.WholeCache(CACHE));
    assertThat(fixture.cache.fill("42", CacheFixture.text("old"), token))
        .isEqualTo(Filled.OVERTAKEN);
  }

  @Test
  void fill_tokenOlderThanItsGroupsInvalidation_isRefused() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    String token = fixture.cache.token("42");
    fixture.change(new Invalidation.Tag(CACHE, "list"));
    Value grouped =
        new Value(
            new byte[] {1}, "text/plain", Optional.empty(), List.of("list"), Optional.empty());
    assertThat(fixture.cache.fill("42", grouped, token)).isEqualTo(Filled.OVERTAKEN);
    assertThat(fixture.cache.fill("42", CacheFixture.text("ungrouped"), token))
        .isEqualTo(Filled.CREATED);
  }

  @Test
  void fill_invalidationOfAnotherKey_isStored() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    String token = fixture.cache.token("42");
    fixture.change(new Invalidation.Key(CACHE, "43"));
    assertThat(fixture.cache.fill("42", CacheFixture.text("one"), token)).isEqualTo(Filled.CREATED);
  }

  @Test
  void fill_tokenOfAnotherKeyCacheOrProcess_isForeign() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    Value value = CacheFixture.text("x");
    String otherProcess = new FillTokens(fixture.ticker, new SecureRandom()).issue(CACHE, "42", 0);
    assertThat(fixture.cache.fill("42", value, fixture.cache.token("43")))
        .isEqualTo(Filled.FOREIGN);
    assertThat(fixture.cache.fill("42", value, fixture.tokens.issue("orders", "42", 0)))
        .isEqualTo(Filled.FOREIGN);
    assertThat(fixture.cache.fill("42", value, otherProcess)).isEqualTo(Filled.FOREIGN);
    assertThat(fixture.cache.fill("42", value, "")).isEqualTo(Filled.FOREIGN);
    assertThat(fixture.cache.fill("42", value, "!".repeat(43))).isEqualTo(Filled.FOREIGN);
    assertThat(fixture.served("42")).isEmpty();
  }

  @Test
  void fill_everyFlippedBitOfAToken_isForeign() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    byte[] token = java.util.Base64.getUrlDecoder().decode(fixture.cache.token("42"));
    for (int bit = 0; bit < token.length * 8; bit++) {
      byte[] forged = token.clone();
      forged[bit / 8] ^= (byte) (1 << (bit % 8));
      String text = java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(forged);
      assertThat(fixture.cache.fill("42", CacheFixture.text("x"), text)).isEqualTo(Filled.FOREIGN);
    }
  }

  @Test
  void fill_tokenPastItsLife_isExpired() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    String token = fixture.cache.token("42");
    fixture.ticker.advance(FillTokens.LIFE);
    assertThat(fixture.cache.fill("42", CacheFixture.text("x"), token)).isEqualTo(Filled.CREATED);
    fixture.ticker.advance(Duration.ofNanos(1));
    assertThat(fixture.cache.fill("42", CacheFixture.text("x"), token)).isEqualTo(Filled.EXPIRED);
  }

  @Test
  void fill_withoutToken_dependsOnTheSetting() {
    CacheFixture fenced = CacheFixture.lookAside().fresh();
    assertThat(fenced.cache.fill("42", CacheFixture.text("x"), null))
        .isEqualTo(Filled.TOKEN_MISSING);
    CacheFixture unfenced =
        CacheFixture.of(CacheFixture.settings(new OnGap.Bypass(), true), false).fresh();
    assertThat(unfenced.cache.fill("42", CacheFixture.text("x"), null)).isEqualTo(Filled.CREATED);
  }

  @Test
  void fill_overMaximumEntrySize_isRefused() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    assertThat(fixture.fill("42", "x".repeat(100))).isEqualTo(Filled.CREATED);
    assertThat(fixture.fill("43", "x".repeat(101))).isEqualTo(Filled.TOO_LARGE);
  }

  @Test
  void fill_olderThanAStoredOne_keepsTheNewer() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    String older = fixture.cache.token("42");
    fixture.change(new Invalidation.Key(CACHE, "elsewhere"));
    assertThat(fixture.fill("42", "newer")).isEqualTo(Filled.CREATED);
    assertThat(fixture.cache.fill("42", CacheFixture.text("older"), older))
        .isEqualTo(Filled.REPLACED);
    assertThat(fixture.served("42")).contains("newer");
  }

  @Test
  void read_afterGroupInvalidation_missesTheGroupAlone() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    Value grouped =
        new Value(
            new byte[] {'g'}, "text/plain", Optional.empty(), List.of("a", "b"), Optional.empty());
    fixture.cache.fill("1", grouped, fixture.cache.token("1"));
    fixture.fill("2", "ungrouped");
    fixture.change(new Invalidation.Tag(CACHE, "b"));
    assertThat(fixture.served("1")).isEmpty();
    assertThat(fixture.served("2")).contains("ungrouped");
  }

  @Test
  void read_afterWholeInvalidation_missesBeforeTheSweepHasRun() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    fixture.fill("42", "old");
    fixture.change(new Invalidation.Everything());
    assertThat(fixture.served("42")).isEmpty();
    fixture.fill("43", "new");
    fixture.runBackground();
    assertThat(fixture.served("43")).contains("new");
    assertThat(fixture.cache.figures().size()).isEqualTo(1);
  }

  @Test
  void read_beforeTheFirstHeartbeat_isAMissDuringAGap() {
    CacheFixture fixture = CacheFixture.lookAside();
    fixture.fill("42", "x");
    assertThat(fixture.cache.read("42")).isEqualTo(new Reading.Miss(true, false));
    fixture.fresh();
    assertThat(fixture.served("42")).contains("x");
  }

  @Test
  void read_heartbeatTimeoutPassed_isNotFreshWithoutAnyTimer() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    fixture.fill("42", "x");
    fixture.ticker.advance(CacheFixture.TIMEOUT.minusNanos(1));
    assertThat(fixture.served("42")).contains("x");
    fixture.ticker.advance(Duration.ofNanos(1));
    assertThat(fixture.cache.read("42")).isEqualTo(new Reading.Miss(true, false));
    fixture.heartbeat();
    assertThat(fixture.served("42")).contains("x");
  }

  @Test
  void read_heartbeatSentLongAgo_buysOnlyTheRestOfItsTime() {
    CacheFixture fixture = CacheFixture.lookAside();
    long sentNanos = fixture.ticker.read();
    fixture.fresh();
    fixture.fill("42", "x");
    fixture.ticker.advance(CacheFixture.TIMEOUT.minusSeconds(1));
    fixture.signal(
        new io.sidecache.source.SourceSignal.Heartbeat(
            "late",
            new io.sidecache.invalidation.Position(1, 0, 0),
            Snapshot.parse("10:10:"),
            sentNanos));
    fixture.ticker.advance(Duration.ofSeconds(1));
    assertThat(fixture.served("42")).isEmpty();
  }

  @Test
  void read_heartbeatDuringAGap_doesNotMakeFresh() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    fixture.fill("42", "x");
    fixture.openGap();
    fixture.heartbeat();
    assertThat(fixture.cache.read("42")).isEqualTo(new Reading.Miss(true, false));
  }

  @Test
  void read_duringAGapWithServeStale_servesUpToMaxStaleAndSaysSo() {
    CacheFixture fixture =
        CacheFixture.of(
                CacheFixture.settings(new OnGap.ServeStale(Duration.ofMinutes(1)), false), false)
            .fresh();
    fixture.fill("42", "x");
    fixture.openGap();
    fixture.ticker.advance(Duration.ofMinutes(1));
    assertThat(fixture.cache.read("42"))
        .isInstanceOfSatisfying(
            Reading.Hit.class,
            hit -> {
              assertThat(hit.duringGap()).isTrue();
              assertThat(hit.ageNanos()).isEqualTo(Duration.ofMinutes(1).toNanos());
            });
    fixture.ticker.advance(Duration.ofNanos(1));
    assertThat(fixture.served("42")).isEmpty();
  }

  @Test
  void read_pastItsLife_isAMissAndCountedAsExpired() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    fixture.fill("42", "x");
    fixture.ticker.advance(Duration.ofMinutes(10));
    fixture.heartbeat();
    assertThat(fixture.served("42")).isEmpty();
    fixture.fill("43", "makes Caffeine tidy up");
    fixture.runBackground();
    assertThat(fixture.cache.figures().expired()).isEqualTo(1);
  }

  @Test
  void read_afterItsOwnLife_isAMiss() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    Value shortLived =
        new Value(
            new byte[] {1},
            "text/plain",
            Optional.empty(),
            List.of(),
            Optional.of(Duration.ofSeconds(1)));
    fixture.cache.fill("42", shortLived, fixture.cache.token("42"));
    fixture.ticker.advance(Duration.ofMillis(999));
    assertThat(fixture.served("42")).isPresent();
    fixture.ticker.advance(Duration.ofMillis(1));
    assertThat(fixture.served("42")).isEmpty();
  }

  @Test
  void read_unreadForTooLong_isAMissAndReadingDoesNotOutliveTheWriteLimit() {
    CacheSettings settings =
        new CacheSettings(
            CACHE,
            new Bound.Size(10),
            Optional.of(Duration.ofSeconds(5)),
            Optional.of(Duration.ofSeconds(2)),
            Duration.ZERO,
            new OnGap.Bypass(),
            100,
            false);
    CacheFixture fixture = CacheFixture.of(settings, false).fresh();
    fixture.fill("read", "x");
    fixture.fill("unread", "x");
    for (int second = 1; second < 5; second++) {
      fixture.ticker.advance(Duration.ofSeconds(1));
      fixture.heartbeat();
      assertThat(fixture.served("read")).as("second %d", second).contains("x");
    }
    assertThat(fixture.served("unread")).isEmpty();
    fixture.ticker.advance(Duration.ofSeconds(1));
    fixture.heartbeat();
    assertThat(fixture.served("read")).isEmpty();
  }

  @Test
  void load_found_isStored() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> load = load(fixture, "42");
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("row")));
    assertThat(load.join().stored()).isTrue();
    assertThat(fixture.served("42")).contains("row");
  }

  @Test
  void load_absentRow_isRememberedUntilItsInvalidation() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> load = load(fixture, "42");
    fixture.loads.remove().complete(Optional.empty());
    assertThat(load.join().entry().isNegative()).isTrue();
    assertThat(fixture.served("42")).contains("(negative)");
    fixture.change(new Invalidation.Key(CACHE, "42"));
    assertThat(fixture.served("42")).isEmpty();
  }

  @Test
  void load_negativeLifePassed_isAMiss() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> load = load(fixture, "42");
    fixture.loads.remove().complete(Optional.empty());
    assertThat(load).isCompleted();
    fixture.ticker.advance(Duration.ofSeconds(30));
    fixture.heartbeat();
    assertThat(fixture.served("42")).isEmpty();
  }

  @Test
  void load_invalidatedMeanwhile_isAnsweredButNotStored() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> load = load(fixture, "42");
    fixture.change(new Invalidation.Key(CACHE, "42"));
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("old")));
    assertThat(load.join().stored()).isFalse();
    assertThat(fixture.served("42")).isEmpty();
  }

  @Test
  void load_failsForSeveral_tellsEachTheSameWay() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    List<Throwable> failures = new ArrayList<>();
    for (int reader = 0; reader < 2; reader++) {
      fixture
          .cache
          .load("42", false, false)
          .whenComplete((loaded, failure) -> failures.add(failure));
    }
    fixture
        .loads
        .remove()
        .completeExceptionally(new LoadException(Loader.Reason.FAILED, "no connection"));
    assertThat(failures).hasSize(2).allMatch(LoadException.class::isInstance);
  }

  @Test
  void load_secondReader_collapses() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> first = load(fixture, "42");
    CompletableFuture<Loaded> second = load(fixture, "42");
    assertThat(fixture.loads).hasSize(1);
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("row")));
    assertThat(first.join().collapsed()).isFalse();
    assertThat(second.join().collapsed()).isTrue();
    assertThat(fixture.cache.figures().loadsCollapsed()).isEqualTo(1);
  }

  @Test
  void load_readerAfterInvalidation_doesNotJoinTheOvertakenLoad() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> earlier = load(fixture, "42");
    fixture.change(new Invalidation.Key(CACHE, "42"));
    CompletableFuture<Loaded> later = load(fixture, "42");
    assertThat(fixture.loads).hasSize(2);
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("old")));
    assertThat(CacheFixture.text(earlier.join().entry())).isEqualTo("old");
    assertThat(later).isNotDone();
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("new")));
    assertThat(CacheFixture.text(later.join().entry())).isEqualTo("new");
    assertThat(fixture.served("42")).contains("new");
    CompletableFuture<Loaded> next = load(fixture, "42");
    assertThat(fixture.loads).as("both flights have landed").hasSize(1);
    assertThat(next).isNotDone();
  }

  @Test
  void load_answered_isOverBeforeItsReaderIsTold() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Optional<String>> next =
        fixture
            .cache
            .load("42", false, true)
            .thenApply(
                loaded -> {
                  assertThat(loaded.stored()).isFalse();
                  assertThat(load(fixture, "42")).as("a load of its own").isNotDone();
                  return fixture.served("42");
                })
            .toCompletableFuture();
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("row")));
    assertThat(next.join()).isEmpty();
    assertThat(fixture.loads).hasSize(1);
  }

  @Test
  void load_toBeKept_doesNotJoinOneThatIsNot() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> unkept = fixture.cache.load("42", false, true).toCompletableFuture();
    CompletableFuture<Loaded> kept = load(fixture, "42");
    assertThat(fixture.loads).hasSize(2);
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("row")));
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("row")));
    assertThat(unkept.join().stored()).isFalse();
    assertThat(kept.join().stored()).isTrue();
  }

  @Test
  void load_anew_doesNotJoin() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> first = load(fixture, "42");
    assertThat(fixture.cache.load("42", true, false)).isNotSameAs(first);
    assertThat(fixture.loads).hasSize(2);
  }

  @Test
  void load_duringAGap_isNotStored() {
    CacheFixture fixture = CacheFixture.readThrough();
    CompletableFuture<Loaded> load = load(fixture, "42");
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("row")));
    assertThat(load.join()).matches(loaded -> loaded.duringGap() && !loaded.stored());
    fixture.fresh();
    assertThat(fixture.served("42")).isEmpty();
  }

  @Test
  void load_overMaximumEntrySize_isAnsweredButNotStored() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> load = load(fixture, "42");
    fixture.loads.remove().complete(Optional.of(CacheFixture.text("x".repeat(101))));
    assertThat(load.join().stored()).isFalse();
    assertThat(load.join().entry().body()).hasSize(101);
  }

  @Test
  void load_failed_isReportedToAllWhoWaitAndThenForgotten() {
    CacheFixture fixture = CacheFixture.readThrough().fresh();
    CompletableFuture<Loaded> first = load(fixture, "42");
    CompletableFuture<Loaded> second = load(fixture, "42");
    fixture
        .loads
        .remove()
        .completeExceptionally(new LoadException(Loader.Reason.FAILED, "no such table"));
    assertThatThrownBy(first::join).hasCauseInstanceOf(LoadException.class);
    assertThatThrownBy(second::join).hasCauseInstanceOf(LoadException.class);
    assertThat(load(fixture, "42")).isNotDone();
    assertThat(fixture.loads).hasSize(1);
    assertThat(fixture.cache.figures().loadFailures()).isEqualTo(1);
  }

  @Test
  void weight_overMaximum_displaces() {
    CacheSettings small =
        new CacheSettings(
            CACHE,
            new Bound.Weight(20L * (EntryTable.OVERHEAD_BYTES + 2 + 50)),
            Optional.empty(),
            Optional.empty(),
            Duration.ZERO,
            new OnGap.Bypass(),
            100,
            false);
    CacheFixture fixture = CacheFixture.of(small, false).fresh();
    for (int i = 10; i < 60; i++) {
      fixture.fill(Integer.toString(i), "x".repeat(50));
      fixture.runBackground();
    }
    assertThat(fixture.cache.figures().displaced()).isEqualTo(30);
    assertThat(fixture.cache.figures().size()).isEqualTo(20);
  }

  @Test
  void weight_ofAKeyBeyondLatin1_countsTwoBytesForEachCharacter() {
    CacheSettings weighed =
        new CacheSettings(
            CACHE,
            new Bound.Weight(10_000),
            Optional.empty(),
            Optional.empty(),
            Duration.ZERO,
            new OnGap.Bypass(),
            100,
            false);
    CacheFixture fixture = CacheFixture.of(weighed, false).fresh();
    fixture.fill("\u03ba\u03bb\u03b5\u03b9", "x");
    fixture.fill("cl\u00e9", "x");
    fixture.runBackground();
    assertThat(fixture.cache.figures().weightBytes())
        .hasValue(2L * (EntryTable.OVERHEAD_BYTES + 1) + 2 * 4 + 3);
  }

  @Test
  void rejectedPayload_emptiesTheCacheAndIsCounted() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    fixture.fill("42", "x");
    fixture.signal(
        new io.sidecache.source.SourceSignal.Rejected("orders_changed", CACHE, "not JSON"));
    assertThat(fixture.served("42")).isEmpty();
    assertThat(fixture.cache.figures().rejectedPayloads()).isEqualTo(1);
  }

  @Test
  void change_ofACacheThatIsNotOurs_isLetPass() {
    CacheFixture fixture = CacheFixture.lookAside().fresh();
    fixture.fill("42", "x");
    fixture.change(new Invalidation.WholeCache("somebody else's"));
    assertThat(fixture.served("42")).contains("x");
  }

  private static CompletableFuture<Loaded> load(CacheFixture fixture, String key) {
    return fixture.cache.load(key, false, false).toCompletableFuture();
  }
}
