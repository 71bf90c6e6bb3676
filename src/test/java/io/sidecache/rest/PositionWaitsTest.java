/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.rest.PositionWaits.Outcome;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.PositionAheadException;
import io.sidecache.source.SignalSink;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus;
import io.sidecache.source.SourceUnavailableException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Readers that wait for a position: how many, and what they are told. */
final class PositionWaitsTest {
  private final HandDrivenSource source = new HandDrivenSource();
  private final PositionWaits waits = new PositionWaits(source, 2);

  private CompletableFuture<Outcome> await() {
    return waits.await(7).toCompletableFuture();
  }

  @Test
  void await_moreThanMayWait_areTurnedAwayUntilOneHasLeft() {
    CompletableFuture<Outcome> first = await();
    CompletableFuture<Outcome> second = await();
    assertThat(await()).isCompletedWithValue(Outcome.CROWDED);
    assertThat(await()).isCompletedWithValue(Outcome.CROWDED);
    assertThat(source.waiting).hasSize(2);

    source.waiting.remove().complete(null);
    assertThat(first).isCompletedWithValue(Outcome.REACHED);
    CompletableFuture<Outcome> third = await();
    assertThat(third).isNotDone();
    assertThat(await()).isCompletedWithValue(Outcome.CROWDED);

    source.waiting.remove().completeExceptionally(new SourceUnavailableException("late"));
    source.waiting.remove().complete(null);
    assertThat(second).isCompletedWithValue(Outcome.NOT_IN_TIME);
    assertThat(third).isCompletedWithValue(Outcome.REACHED);
  }

  @Test
  void await_failures_areToldApart() {
    CompletableFuture<Outcome> ahead = await();
    source.waiting.remove().completeExceptionally(new PositionAheadException("ahead"));
    assertThat(ahead).isCompletedWithValue(Outcome.AHEAD);

    CompletableFuture<Outcome> failed = await();
    source.waiting.remove().completeExceptionally(new IllegalStateException("unforeseen"));
    assertThat(failed).isCompletedWithValue(Outcome.FAILED);
  }

  /** Waits are ended by hand. */
  private static final class HandDrivenSource implements InvalidationSource {
    private final Queue<CompletableFuture<Void>> waiting = new ArrayDeque<>();

    @Override
    public CompletionStage<Void> await(long lsn) {
      CompletableFuture<Void> wait = new CompletableFuture<>();
      waiting.add(wait);
      return wait.thenRun(() -> {}); // as a stage that wraps its failure
    }

    @Override
    public void start(SignalSink sink) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SourceStatus status() {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Void> publish(List<Invalidation> invalidations) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Void> barrier() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void heartbeatApplied(SourceSignal.Heartbeat heartbeat) {}

    @Override
    public void close() {}
  }
}
