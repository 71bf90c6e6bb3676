/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Ends a connection whose request keeps arriving without ever being whole ("slowloris"): it may
 * take the grace, and a second more for each KiB of it.
 *
 * <p>Stands in front of all that parses, so it knows no requests: the clock starts with the first
 * byte after something was sent, and is looked at with each byte that arrives. A client that waits
 * for its answer sends nothing, and a connection on which nothing arrives is the idle timeout's.
 * Runs on the connection's event loop; sets no timers.
 */
final class ArrivalClock extends ChannelDuplexHandler {
  private static final long NANOS_PER_BYTE = 1_000_000_000L / 1024;

  private final long graceNanos;
  private final LongSupplier nanoTime;
  private boolean arriving;
  private long sinceNanos;
  private long bytes;

  ArrivalClock(Duration grace, LongSupplier nanoTime) {
    this.graceNanos = grace.toNanos();
    this.nanoTime = nanoTime;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (message instanceof ByteBuf part) {
      long now = nanoTime.getAsLong();
      if (!arriving) {
        arriving = true;
        sinceNanos = now;
        bytes = 0;
      }
      bytes += part.readableBytes();
      if (now - sinceNanos > graceNanos + bytes * NANOS_PER_BYTE) {
        part.release();
        var _ = context.close();
        return;
      }
    }
    super.channelRead(context, message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    arriving = false;
    super.write(context, message, promise);
  }
}
