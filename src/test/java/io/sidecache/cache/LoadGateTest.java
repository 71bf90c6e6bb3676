/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LoadGateTest {
  /** So many may run, and so many that nobody waits for may come in beside nothing else. */
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 2", "4, 2", "16, 8"})
  void hasRoomToSpare_anyGate_keepsHalfForOthers(int maximum, int most) {
    LoadGate gate = new LoadGate(maximum, 10);
    int entered = 0;
    while (gate.hasRoomToSpare()) {
      assertThat(gate.enter()).isTrue();
      entered++;
    }
    assertThat(entered).isEqualTo(most);
    gate.leave();
    assertThat(gate.hasRoomToSpare()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 1", "3, 2", "16, 8"})
  void hasRoomToSpare_turnsTakenWithoutEntering_countToo(int maximum, int most) throws Exception {
    LoadGate gate = new LoadGate(maximum, 0);
    int taken = 0;
    while (gate.hasRoomToSpare()) {
      assertThat(gate.awaitTurn(Duration.ZERO)).isTrue();
      taken++;
    }
    assertThat(taken).isEqualTo(most);
    gate.endTurn();
    assertThat(gate.hasRoomToSpare()).isTrue();
  }
}
