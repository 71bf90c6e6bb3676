/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ArrivalClockTest {
  private long nanos = Long.MAX_VALUE - 1; // System.nanoTime may overflow
  private final EmbeddedChannel channel =
      new EmbeddedChannel(new ArrivalClock(Duration.ofSeconds(10), () -> nanos));

  private void after(long seconds) {
    nanos += TimeUnit.SECONDS.toNanos(seconds);
  }

  private boolean arrive(int bytes) {
    ByteBuf part = Unpooled.wrappedBuffer(new byte[bytes]);
    boolean reached = channel.writeInbound(part);
    if (!reached) {
      assertThat(part.refCnt()).isZero();
    }
    return reached && channel.isOpen();
  }

  @Test
  void request_dripping_isCutAtTheFirstByteAfterTheGrace() {
    for (int second = 0; second <= 10; second++) {
      assertThat(arrive(1)).as("after %d s", second).isTrue();
      after(1);
    }
    assertThat(arrive(1)).isFalse();
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void request_longAndSteady_mayTakeASecondForEachKibibyte() {
    for (int second = 0; second < 1000; second++) {
      assertThat(arrive(1025)).isTrue();
      after(1);
    }
  }

  @Test
  void connection_usedAgainAndAgain_hasTheWholeGraceForEachRequest() {
    for (int request = 0; request < 100; request++) {
      assertThat(arrive(1)).isTrue();
      after(9);
      assertThat(arrive(1)).isTrue();
      after(3600); // the answer takes its time
      channel.writeOutbound(Unpooled.wrappedBuffer(new byte[1]));
      after(3600); // and so does the client
    }
    assertThat(channel.isOpen()).isTrue();
  }
}
