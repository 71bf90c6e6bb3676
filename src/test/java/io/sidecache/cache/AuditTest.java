/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.cache.CacheFigures.Audits;
import io.sidecache.invalidation.Invalidation;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The audit, with loads and barriers ended by hand. */
final class AuditTest {
  private final CacheFixture fixture = CacheFixture.readThrough().fresh();
  private final Queue<CompletableFuture<Void>> barriers = new ArrayDeque<>();
  private final Audit audit = auditOf(fixture);

  private Audit auditOf(CacheFixture audited) {
    return new Audit(
        audited.caches,
        () -> {
          CompletableFuture<Void> barrier = new CompletableFuture<>();
          barriers.add(barrier);
          return barrier;
        },
        new Random(1));
  }

  private void inMemory(String text) {
    fixture.cache.load("k", false, false);
    answer(text);
    assertThat(fixture.served("k")).contains(text);
  }

  private void answer(String text) {
    fixture.loads.remove().complete(Optional.of(CacheFixture.text(text)));
  }

  private void answerAbsent() {
    fixture.loads.remove().complete(Optional.empty());
  }

  private CompletableFuture<Void> sample() {
    return audit.sample().toCompletableFuture();
  }

  private Audits figures() {
    return fixture.cache.figures().audits();
  }

  @Test
  void sample_equal_isChecked() {
    inMemory("v");
    CompletableFuture<Void> sample = sample();
    answer("v");
    assertThat(sample).isCompleted();
    assertThat(figures()).isEqualTo(new Audits(1, 0, 0));
    assertThat(barriers).isEmpty();
  }

  @Test
  void sample_differsAndNothingWasAnnounced_isStaleAndEvicted() {
    inMemory("old");
    CompletableFuture<Void> sample = sample();
    answer("new");
    barriers.remove().complete(null);
    assertThat(sample).isNotDone();
    answer("new");
    assertThat(sample).isCompleted();
    assertThat(figures()).isEqualTo(new Audits(0, 1, 0));
    assertThat(fixture.served("k")).isEmpty();
  }

  @Test
  void sample_rowGoneOrComeUnannounced_isStale() {
    inMemory("old");
    audit.sample();
    answerAbsent();
    barriers.remove().complete(null);
    answerAbsent();
    assertThat(figures()).isEqualTo(new Audits(0, 1, 0));

    fixture.cache.load("k", false, false);
    answerAbsent();
    assertThat(fixture.served("k")).contains("(negative)");
    audit.sample();
    answer("new");
    barriers.remove().complete(null);
    answer("new");
    assertThat(figures()).isEqualTo(new Audits(0, 2, 0));

    fixture.cache.load("k", false, false);
    answerAbsent();
    audit.sample();
    answerAbsent();
    assertThat(figures()).isEqualTo(new Audits(1, 2, 0));
  }

  @Test
  void sample_changeOnItsWay_isNoAlarm() {
    inMemory("old");
    audit.sample();
    answer("new");
    fixture.change(new Invalidation.Key(CacheFixture.NAME, "k"));
    barriers.remove().complete(null);
    assertThat(fixture.loads).isEmpty();
    assertThat(figures()).isEqualTo(new Audits(1, 0, 0));
  }

  @Test
  void sample_wholeCacheForgottenMeanwhile_isNoAlarm() {
    inMemory("old");
    audit.sample();
    answer("new");
    barriers.remove().complete(null);
    fixture.change(new Invalidation.WholeCache(CacheFixture.NAME));
    answer("new");
    assertThat(figures()).isEqualTo(new Audits(1, 0, 0));
  }

  @Test
  void sample_anotherAnswerEachTime_isInconclusive() {
    inMemory("0.1");
    audit.sample();
    answer("0.2");
    barriers.remove().complete(null);
    answer("0.3");
    assertThat(figures()).isEqualTo(new Audits(0, 0, 1));
    assertThat(fixture.served("k")).contains("0.1");

    audit.sample();
    answer("0.2");
    barriers.remove().complete(null);
    answer("0.1");
    assertThat(figures()).isEqualTo(new Audits(0, 0, 2));
  }

  @Test
  void sample_barrierOrLoadFails_isNotCounted() {
    inMemory("old");
    CompletableFuture<Void> barred = sample();
    answer("new");
    barriers.remove().completeExceptionally(new IllegalStateException("test"));
    assertThat(barred).isCompleted();

    CompletableFuture<Void> unloaded = sample();
    fixture
        .loads
        .remove()
        .completeExceptionally(new Loader.LoadException(Loader.Reason.TIMED_OUT, "test"));
    assertThat(unloaded).isCompleted();
    assertThat(figures()).isEqualTo(new Audits(0, 0, 0));
    assertThat(fixture.served("k")).contains("old");
  }

  @Test
  void sample_duringAGap_readsNothing() {
    inMemory("v");
    fixture.openGap();
    assertThat(sample()).isCompleted();
    assertThat(fixture.loads).isEmpty();
  }

  @Test
  void sample_gapOpenedMeanwhile_isNoAlarm() {
    inMemory("old");
    audit.sample();
    answer("new");
    barriers.remove().complete(null);
    fixture.openGap();
    answer("new");
    assertThat(figures().stale()).isZero();
  }

  @Test
  void sample_nothingToAudit_readsNothing() {
    assertThat(sample()).isCompleted();
    fixture.fill("k", "the application's own");
    assertThat(sample()).isCompleted();
    assertThat(fixture.loads).isEmpty();

    CacheFixture lookAside = CacheFixture.lookAside().fresh();
    lookAside.fill("k", "v");
    assertThat(auditOf(lookAside).sample().toCompletableFuture()).isCompleted();
  }

  @Test
  void sample_entryExpired_readsNothing() {
    inMemory("v");
    fixture.ticker.advance(java.time.Duration.ofMinutes(11));
    fixture.heartbeat();
    assertThat(sample()).isCompleted();
    assertThat(fixture.loads).isEmpty();
  }
}
