/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RoomTest {
  private final Room room = new Room(100);
  private final Room.Share one = room.share();
  private final Room.Share other = room.share();

  @Test
  void take_upToTheLimit_isGrantedAndNoMore() {
    assertThat(one.take(60)).isTrue();
    assertThat(other.take(40)).isTrue();
    assertThat(other.take(1)).isFalse();
    assertThat(room.taken()).isEqualTo(100);
  }

  @Test
  void take_byWhoIsAlone_isGrantedWhateverItIs() {
    assertThat(one.take(80)).isTrue();
    assertThat(one.take(80)).isTrue();
    assertThat(other.take(1)).isFalse();
  }

  @Test
  void end_twice_givesBackOnce() {
    assertThat(one.take(60)).isTrue();
    assertThat(other.take(40)).isTrue();
    one.end();
    one.end();
    assertThat(room.taken()).isEqualTo(40);
    assertThat(other.take(60)).isTrue();
  }
}
