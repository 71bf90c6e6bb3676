/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Random schedules of the source's states: whatever happens in whatever order, no heartbeat claims
 * a commit that the caches were not told of, and there is one connection at most.
 *
 * <p>The seed is in the message; {@code -Dschedules.seed=…} runs that one schedule again.
 */
final class SchedulesTest {
  private static final int SCHEDULES = 3_000;
  private static final int STEPS = 300;

  @Test
  void anySchedule_noHeartbeatClaimsTooMuch() {
    Long only = Long.getLong("schedules.seed");
    long first = only == null ? ThreadLocalRandom.current().nextLong() : only;
    long heartbeats = 0;
    long gaps = 0;
    for (int i = 0; i < (only == null ? SCHEDULES : 1); i++) {
      long seed = first + i;
      ScheduledWorld world = run(seed, false);
      assertThat(world.broken()).as("-Dschedules.seed=%d", seed).isEmpty();
      heartbeats += world.heartbeats();
      gaps += world.gaps();
    }
    if (only == null) {
      // Schedules in which nothing is ever claimed would prove nothing.
      assertThat(heartbeats).isGreaterThan(SCHEDULES * 2L);
      assertThat(gaps).isGreaterThan(SCHEDULES / 2);
    }
  }

  @Test
  void anySchedule_lossyWire_isNoticed() {
    long noticed =
        LongStream.range(0, 100).filter(seed -> !run(seed, true).broken().isEmpty()).count();
    assertThat(noticed).isGreaterThan(50);
  }

  private static ScheduledWorld run(long seed, boolean lossy) {
    ScheduledWorld world = new ScheduledWorld(new SplittableRandom(seed), lossy);
    world.start();
    for (int step = 0; step < STEPS; step++) {
      world.step();
    }
    world.close();
    return world;
  }
}
