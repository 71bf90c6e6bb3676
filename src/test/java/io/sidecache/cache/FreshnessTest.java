/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.source.SourceSignal;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When values were not proven fresh, and for how long. */
final class FreshnessTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final CacheFixture fixture = CacheFixture.lookAside();

  private void assertGaps(long losses, Duration total, Duration present) {
    Freshness.Gaps gaps = fixture.freshness.gaps();
    assertThat(gaps.losses()).as("losses").isEqualTo(losses);
    assertThat(gaps.total()).as("total").isEqualTo(total);
    assertThat(gaps.present()).as("present").isEqualTo(present);
    assertThat(fixture.freshness.isFresh()).as("fresh").isEqualTo(present.isZero());
  }

  @Test
  void gaps_beforeTheFirstProof_isTimeAndNoLoss() {
    fixture.ticker.advance(SECOND);
    assertGaps(0, SECOND, SECOND);
    fixture.fresh();
    assertGaps(0, SECOND, Duration.ZERO);
    fixture.pass(SECOND);
    assertGaps(0, SECOND, Duration.ZERO);
  }

  @Test
  void gaps_openedAndClosed_lastUntilTheNextHeartbeat() {
    fixture.ticker.advance(SECOND);
    fixture.fresh();
    fixture.pass(SECOND);
    fixture.openGap();
    fixture.ticker.advance(SECOND);
    fixture.openGap();
    fixture.heartbeat(); // of the connection that was lost
    fixture.ticker.advance(SECOND);
    assertGaps(1, SECOND.multipliedBy(3), SECOND.multipliedBy(2));
    fixture.signal(new SourceSignal.GapClosed(SECOND));
    fixture.ticker.advance(SECOND);
    assertGaps(1, SECOND.multipliedBy(4), SECOND.multipliedBy(3));
    fixture.heartbeat();
    fixture.pass(SECOND);
    assertGaps(1, SECOND.multipliedBy(4), Duration.ZERO);
  }

  /** A process that was stopped opens no gap while it stands still. */
  @Test
  void gaps_proofThatRanOut_areCountedFromItsEnd() {
    fixture.ticker.advance(SECOND);
    fixture.fresh();
    fixture.ticker.advance(CacheFixture.TIMEOUT.plus(SECOND));
    assertGaps(1, SECOND.multipliedBy(2), SECOND);
    fixture.heartbeat();
    assertGaps(1, SECOND.multipliedBy(2), Duration.ZERO);
    fixture.ticker.advance(CacheFixture.TIMEOUT.plus(SECOND));
    fixture.openGap();
    fixture.ticker.advance(SECOND);
    assertGaps(2, SECOND.multipliedBy(4), SECOND.multipliedBy(2));
  }

  @Test
  void gaps_heartbeatThatComesTooLate_provesNothing() {
    fixture.ticker.advance(SECOND);
    fixture.fresh();
    long sentNanos = fixture.ticker.read();
    fixture.ticker.advance(CacheFixture.TIMEOUT.plus(SECOND));
    fixture.heartbeat(sentNanos);
    assertGaps(1, SECOND.multipliedBy(2), SECOND);
  }
}
