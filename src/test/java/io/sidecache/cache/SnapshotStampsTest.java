/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.cache.NamedCache.Filled;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fills by readers of older snapshots, with heartbeats made by hand. */
final class SnapshotStampsTest {
  private static final String KEY = "k";
  private static final Duration STEP = Duration.ofMillis(SnapshotStamps.SPACING_MILLIS);

  private final CacheFixture fixture = CacheFixture.lookAside();

  SnapshotStampsTest() {
    fixture.signal(new SourceSignal.GapClosed(Duration.ZERO));
  }

  private void heartbeat(String snapshot, long sentNanos) {
    fixture.signal(
        new SourceSignal.Heartbeat(
            "n", new Position(1, 0, 0), Snapshot.parse(snapshot), sentNanos));
  }

  /** Sent and applied at once, a step after the last. */
  private void heartbeat(String snapshot) {
    fixture.ticker.advance(STEP);
    heartbeat(snapshot, fixture.ticker.read());
  }

  private Filled fill(String snapshot) {
    return fill(snapshot, fixture.cache.token(KEY));
  }

  private Filled fill(String snapshot, String token) {
    return fixture.cache.fill(
        KEY, CacheFixture.text("v"), token, Optional.of(Snapshot.parse(snapshot)));
  }

  private void change() {
    fixture.change(new Invalidation.Key(CacheFixture.NAME, KEY));
  }

  @Test
  void fill_snapshotOfBeforeTheChange_isRefusedWhateverItsToken() {
    heartbeat("10:10:");
    heartbeat("10:10:");
    change(); // by transaction 10
    assertThat(fill("10:10:")).isEqualTo(Filled.OVERTAKEN);
    heartbeat("11:11:");
    heartbeat("11:11:");
    assertThat(fill("10:10:")).isEqualTo(Filled.OVERTAKEN);
    assertThat(fill("10:12:10")).isEqualTo(Filled.OVERTAKEN);
    assertThat(fixture.served(KEY)).isEmpty();
  }

  @Test
  void fill_snapshotOfAfterTheChange_isTakenAfterTwoHeartbeats() {
    heartbeat("10:10:");
    heartbeat("10:10:");
    change();
    assertThat(fill("11:11:")).as("no heartbeat has told yet").isEqualTo(Filled.OVERTAKEN);
    heartbeat("11:11:");
    assertThat(fill("11:11:"))
        .as("it was sent after the change by luck")
        .isEqualTo(Filled.OVERTAKEN);
    heartbeat("11:11:");
    assertThat(fill("11:11:")).isEqualTo(Filled.CREATED);
  }

  @Test
  void fill_heartbeatSentBeforeTheChangeWasApplied_provesNothingOfIt() {
    heartbeat("10:10:");
    fixture.ticker.advance(STEP);
    long sentNanos = fixture.ticker.read();
    fixture.ticker.advance(STEP);
    change();
    heartbeat("11:11:", fixture.ticker.read());
    fixture.ticker.advance(STEP);
    heartbeat("10:10:", sentNanos); // its snapshot does not see the change, however late it comes
    assertThat(fill("10:10:")).isEqualTo(Filled.OVERTAKEN);
  }

  @Test
  void fill_tokenOlderThanTheSnapshot_countsAsTheToken() {
    heartbeat("10:10:");
    String token = fixture.cache.token(KEY);
    change();
    heartbeat("11:11:");
    heartbeat("11:11:");
    assertThat(fill("11:11:", token)).isEqualTo(Filled.OVERTAKEN);
    assertThat(fill("11:11:")).isEqualTo(Filled.CREATED);
  }

  @Test
  void fill_nothingToCompareWith_isRefused() {
    assertThat(fill("10:10:")).isEqualTo(Filled.UNPROVEN);
    heartbeat("10:10:");
    assertThat(fill("10:10:")).isEqualTo(Filled.UNPROVEN);
    heartbeat("10:10:");
    assertThat(fill("9:9:")).as("older than all").isEqualTo(Filled.UNPROVEN);
    assertThat(fill("10:10:")).isEqualTo(Filled.CREATED);
    assertThat(fixture.cache.figures().refusedFills()).isEqualTo(3);
  }

  @Test
  void fill_afterAGap_knowsNothingOfBefore() {
    heartbeat("10:10:");
    heartbeat("10:10:");
    fixture.openGap();
    heartbeat("5:5:");
    heartbeat("5:5:");
    assertThat(fill("10:10:")).isEqualTo(Filled.UNPROVEN);
    fixture.signal(new SourceSignal.GapClosed(Duration.ZERO));
    assertThat(fill("10:10:")).isEqualTo(Filled.UNPROVEN);
    heartbeat("20:20:");
    heartbeat("20:20:");
    assertThat(fill("10:10:")).isEqualTo(Filled.UNPROVEN);
    assertThat(fill("20:20:")).isEqualTo(Filled.CREATED);
  }

  @Test
  void fill_unfenced_isFencedByItsSnapshot() {
    CacheFixture unfenced =
        CacheFixture.of(CacheFixture.settings(new CacheSettings.OnGap.Bypass(), true), false);
    unfenced.signal(new SourceSignal.GapClosed(Duration.ZERO));
    Value value = CacheFixture.text("v");
    Optional<Snapshot> old = Optional.of(Snapshot.parse("10:10:"));
    for (int i = 0; i < 2; i++) {
      unfenced.ticker.advance(STEP);
      unfenced.heartbeat();
    }
    assertThat(unfenced.cache.fill(KEY, value, null, old)).isEqualTo(Filled.CREATED);
    unfenced.change(new Invalidation.Key(CacheFixture.NAME, KEY));
    assertThat(unfenced.cache.fill(KEY, value, null, old)).isEqualTo(Filled.OVERTAKEN);
    assertThat(unfenced.cache.fill(KEY, value, null, Optional.empty())).isEqualTo(Filled.CREATED);
  }

  @Test
  void heartbeats_moreThanAreKept_leaveTheNewest() {
    for (int i = 1; i <= SnapshotStamps.MOST + 10; i++) {
      heartbeat(i + ":" + i + ":");
      heartbeat(i + ":" + i + ":", fixture.ticker.read()); // too soon after the last to be kept
    }
    assertThat(fill("10:10:")).isEqualTo(Filled.UNPROVEN);
    assertThat(fill("11:11:")).isEqualTo(Filled.CREATED);
  }

  /**
   * A history of transactions that commit out of order, changes that are applied late, heartbeats
   * that travel, and readers with snapshots of any age: whatever is stored is what the key's last
   * applied change left, or something newer.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void fill_randomHistories_neverStoresWhatAnAppliedChangeReplaced(long seed) {
    Random random = new Random(seed);
    CacheFixture cache = CacheFixture.lookAside();
    cache.signal(new SourceSignal.GapClosed(Duration.ZERO));
    History history = new History();
    List<SourceSignal> signals = new ArrayList<>();
    int appliedVersion = 0;
    int stored = 0;
    int refused = 0;
    List<Integer> versions = new ArrayList<>();
    for (int step = 0; step < 4_000; step++) {
      cache.ticker.advance(Duration.ofMillis(random.nextInt(60)));
      switch (random.nextInt(6)) {
        case 0 -> history.begin();
        case 1 -> {
          if (history.commit(random)) {
            signals.add(
                new SourceSignal.Changed(new Invalidation.Key(CacheFixture.NAME, KEY), null));
            versions.add(history.version);
          }
        }
        case 2, 3 -> {
          signals.add(
              new SourceSignal.Heartbeat(
                  "n", new Position(1, 0, 0), history.snapshot(), cache.ticker.read()));
          versions.add(0);
        }
        case 4 -> {
          for (int n = random.nextInt(10); n > 0 && !signals.isEmpty(); n--) {
            appliedVersion = Math.max(appliedVersion, versions.removeFirst());
            cache.signal(signals.removeFirst());
          }
        }
        default -> {
          History.Reader reader = history.reader(random);
          Filled filled =
              cache.cache.fill(
                  KEY,
                  CacheFixture.text("v"),
                  cache.cache.token(KEY),
                  Optional.of(reader.snapshot()));
          if (filled == Filled.CREATED || filled == Filled.REPLACED) {
            assertThat(reader.version())
                .as("seed %d, step %d, %s", seed, step, reader)
                .isGreaterThanOrEqualTo(appliedVersion);
            stored++;
          } else {
            refused++;
          }
        }
      }
    }
    assertThat(stored).as("seed %d", seed).isPositive();
    assertThat(refused).as("seed %d", seed).isPositive();
  }

  /** One row that transactions change, one after the other, beside others that do not. */
  private static final class History {
    private final BitSet committed = new BitSet();
    private final BitSet writers = new BitSet();
    private final List<Reader> readers = new ArrayList<>();
    private int nextXid = 3;
    private int version;

    /** A reader's snapshot, and the version of the row that it sees. */
    record Reader(Snapshot snapshot, int version) {}

    History() {
      committed.set(0, 3);
    }

    void begin() {
      writers.set(nextXid, nextXid % 3 == 0);
      nextXid++;
    }

    /** Commits any of the running; tells whether it changed the row. */
    boolean commit(Random random) {
      List<Integer> running =
          IntStream.range(0, nextXid).filter(xid -> !committed.get(xid)).boxed().toList();
      if (running.isEmpty()) {
        return false;
      }
      int xid = running.get(random.nextInt(running.size()));
      committed.set(xid);
      if (writers.get(xid)) {
        version++;
      }
      return writers.get(xid);
    }

    Snapshot snapshot() {
      int xmin = committed.nextClearBit(0);
      int xmax = Math.max(xmin, committed.length());
      String running =
          IntStream.range(xmin, xmax)
              .filter(xid -> !committed.get(xid))
              .mapToObj(Integer::toString)
              .collect(Collectors.joining(","));
      Snapshot snapshot = Snapshot.parse(xmin + ":" + xmax + ":" + running);
      readers.add(new Reader(snapshot, version));
      return snapshot;
    }

    /** One of the last snapshots that anybody took. */
    Reader reader(Random random) {
      snapshot();
      return readers.get(Math.max(0, readers.size() - 1 - random.nextInt(12)));
    }
  }
}
