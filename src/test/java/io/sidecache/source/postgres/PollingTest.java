/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus.State;
import io.sidecache.source.Trouble;
import io.sidecache.testing.HandDrivenTime;
import io.sidecache.testing.RecordingSink;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Reading the log under a hand-driven clock. */
final class PollingTest {
  private static final Duration INTERVAL = Duration.ofMillis(100);
  private static final Duration BARRIER_TIMEOUT = Duration.ofSeconds(5);

  private final HandDrivenTime time = new HandDrivenTime();
  private final FakeLog log = new FakeLog();
  private final RecordingSink sink = new RecordingSink();
  private final TroubleCounts troubles = new TroubleCounts();
  private final List<String> gaps = new ArrayList<>();
  private final Polling polling =
      new Polling(
          new Polling.Bounds(
              INTERVAL,
              new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), () -> Math.nextDown(1.0)),
              BARRIER_TIMEOUT),
          log,
          (delay, task) -> time.schedule(delay, task)::run,
          time,
          time,
          () -> Instant.EPOCH,
          troubles,
          () -> gaps.add("gap"));

  /** A log that says what the test says. */
  private static final class FakeLog implements PolledServer {
    private final List<Optional<Cursor>> asked = new ArrayList<>();
    private final List<Invalidation> rows = new ArrayList<>();
    private String history = "history";
    private Runnable meanwhile = () -> {};
    private @Nullable SQLException failure;

    @Override
    public Polled poll(Optional<Cursor> since, Consumer<SourceSignal.Changed> changes)
        throws SQLException {
      asked.add(since);
      if (failure != null) {
        throw failure;
      }
      Optional<String> broken =
          since.isPresent() && since.get().history().equals(history)
              ? Optional.empty()
              : Optional.of("another history");
      if (broken.isEmpty()) {
        rows.forEach(row -> changes.accept(new SourceSignal.Changed(row, null)));
      }
      meanwhile.run();
      int n = 10 + asked.size();
      return new Polled(history, Snapshot.parse(n + ":" + n + ":"), new Position(1, 0, n), broken);
    }

    @Override
    public void record(List<Invalidation> invalidations) {
      rows.addAll(invalidations);
    }
  }

  private void startProven() {
    sink.onHeartbeat(heartbeat -> polling.applied(heartbeat.nonce()));
    assertThat(polling.start(sink)).isTrue();
    time.runWork();
    assertThat(polling.status().state()).isEqualTo(State.POLLING);
    assertThat(sink.kinds()).containsExactly("Changed", "GapClosed", "Heartbeat");
    sink.clear();
  }

  private void interval() {
    time.advance(INTERVAL);
    time.runWork();
  }

  @Test
  void steadyState_eachInterval_oneReadingFromTheLastSnapshot() {
    startProven();
    interval();
    interval();
    assertThat(log.asked).hasSize(3);
    assertThat(log.asked.get(2)).contains(new Cursor("history", "12:12:"));
    assertThat(sink.kinds()).containsExactly("Heartbeat");
    assertThat(time.scheduledTasks()).isEqualTo(1);
  }

  @Test
  void heartbeat_sentBeforeTheReadingBegan() {
    startProven();
    long before = time.getAsLong();
    log.meanwhile = () -> time.advance(Duration.ofMillis(30));
    interval();
    assertThat(sink.all(SourceSignal.Heartbeat.class).getFirst().sentNanos())
        .isEqualTo(before + INTERVAL.toNanos());
    assertThat(polling.status().lag()).contains(Duration.ofMillis(30));
  }

  @Test
  void failure_opensAGapAndGoesOnFromTheSameSnapshot() {
    startProven();
    log.failure = new SQLException("gone", "08006");
    interval();
    assertThat(sink.kinds()).containsExactly("GapOpened");
    assertThat(gaps).containsExactly("gap");
    assertThat(polling.status().state()).isEqualTo(State.BACKOFF);
    assertThat(polling.status().lastFailure().orElseThrow()).contains("08006");
    assertThat(troubles.counts().get(Trouble.UNREACHABLE)).isEqualTo(1);

    log.failure = null;
    log.rows.add(new Invalidation.Key("c", "missed"));
    interval();
    assertThat(log.asked.getLast()).contains(new Cursor("history", "11:11:"));
    assertThat(sink.kinds()).containsExactly("GapOpened", "Changed", "GapClosed", "Heartbeat");
    assertThat(sink.invalidations()).containsExactly(new Invalidation.Key("c", "missed"));
    assertThat(polling.status().reconnects()).isEqualTo(1);
  }

  @Test
  void failures_again_waitLongerAndTellOneGap() {
    startProven();
    log.failure = new SQLException("gone", "42P01");
    interval();
    interval();
    interval();
    assertThat(log.asked).hasSize(3); // after 100 ms, then after 200 ms more
    interval();
    assertThat(log.asked).hasSize(4);
    assertThat(sink.all(SourceSignal.GapOpened.class)).hasSize(1);
    assertThat(troubles.last()).contains(Trouble.LOG);
  }

  @Test
  void history_changed_everythingIsEmptiedWithinAGap() {
    startProven();
    log.history = "promoted";
    interval();
    assertThat(sink.kinds()).containsExactly("GapOpened", "Changed", "GapClosed", "Heartbeat");
    assertThat(sink.invalidations()).containsExactly(new Invalidation.Everything());
    interval();
    assertThat(log.asked.getLast()).contains(new Cursor("promoted", "12:12:"));
  }

  @Test
  void barriers_duringAReading_shareTheNextOne() {
    startProven();
    List<CompletableFuture<Void>> waiting = new ArrayList<>();
    log.meanwhile =
        () -> {
          log.meanwhile = () -> {};
          waiting.add(polling.barrier().toCompletableFuture());
          waiting.add(polling.barrier().toCompletableFuture());
          assertThat(time.waitingWork()).isZero();
        };
    interval();
    assertThat(log.asked).hasSize(3);
    assertThat(waiting).hasSize(2).allSatisfy(w -> assertThat(w).isCompleted());
  }

  @Test
  void barrier_idle_isReadAtOnce() {
    startProven();
    CompletableFuture<Void> waiting = polling.barrier().toCompletableFuture();
    assertThat(waiting).isNotDone();
    time.runWork();
    assertThat(waiting).isCompleted();
    assertThat(log.asked).hasSize(2);
  }

  @Test
  void barrier_whileReadingsFail_doesNotHurryThemAndTimesOut() {
    startProven();
    log.failure = new SQLException("gone", "08006");
    interval();
    CompletableFuture<Void> waiting = polling.barrier().toCompletableFuture();
    time.runWork();
    assertThat(log.asked).hasSize(2);
    interval();
    assertThat(waiting).isCompletedExceptionally();
  }

  @Test
  void publish_committed_completesAfterAReadingBegunLater() {
    startProven();
    Invalidation change = new Invalidation.Key("c", "k");
    CompletableFuture<Void> waiting = polling.publish(List.of(change)).toCompletableFuture();
    time.runWork();
    assertThat(waiting).isCompleted();
    assertThat(sink.signals().getFirst()).isEqualTo(new SourceSignal.Changed(change, null));
  }

  @Test
  void stopped_readingUnderWay_bringsNeitherBarrierNorGap() {
    startProven();
    log.meanwhile = polling::stop;
    interval();
    assertThat(sink.kinds()).isEmpty();
    assertThat(time.scheduledTasks()).isZero();
    assertThat(polling.barrier().toCompletableFuture()).isCompletedExceptionally();

    log.meanwhile = () -> {};
    assertThat(polling.start(sink)).isTrue();
    assertThat(polling.start(sink)).isFalse();
    time.runWork();
    assertThat(log.asked.getLast()).contains(new Cursor("history", "11:11:"));
    assertThat(sink.kinds()).containsExactly("GapClosed", "Heartbeat");
  }

  @Test
  void closed_waitersAreToldAndNothingStarts() {
    startProven();
    CompletableFuture<Void> waiting = polling.barrier().toCompletableFuture();
    assertThat(polling.close()).isTrue();
    assertThat(polling.close()).isFalse();
    time.runWork();
    assertThat(waiting).isCompletedExceptionally();
    assertThat(polling.start(sink)).isFalse();
    assertThat(polling.status().state()).isEqualTo(State.CLOSED);
  }
}
