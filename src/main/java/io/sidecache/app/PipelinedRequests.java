/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.net.impl.VertxHandler;

/**
 * Reads no further from a client whose requests wait already, or that does not read its answers.
 *
 * <p>Requests may be pipelined (RFC 9112, section 9.3.2), and Vert.x reads on whatever becomes of
 * them: those behind a slow answer stand in a list whose end it looks for with each that comes, and
 * answers that nobody reads fill the memory outside of the heap. One such client took the
 * connection to PostgreSQL with it (docs/adr/0030). Stands between the codec and Vert.x, runs on
 * the connection's event loop.
 */
final class PipelinedRequests extends ChannelDuplexHandler {
  /** Requests without an answer up to which more are read. */
  static final int MOST_WAITING = 128;

  /** What is read at once is passed on as a whole. */
  private static final int MOST_AT_ONCE_BYTES = 16 << 10;

  private int waiting;
  private boolean stopped;

  /** Puts one in its place with the first byte, when Vert.x's own handlers are in theirs. */
  static final class Entrance extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      ChannelHandlerContext vertx = context.pipeline().context(VertxHandler.class);
      if (vertx != null) {
        context.pipeline().addBefore(vertx.name(), null, new PipelinedRequests());
        context.pipeline().remove(this);
      }
      super.channelRead(context, message);
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    context
        .channel()
        .config()
        .setRecvByteBufAllocator(
            new AdaptiveRecvByteBufAllocator(64, 2048, MOST_AT_ONCE_BYTES).maxMessagesPerRead(1));
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    if (message instanceof HttpRequest) {
      waiting++;
      decide(context);
    }
    super.channelRead(context, message);
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    super.write(context, message, promise);
    if (message instanceof LastHttpContent && !isInterim(message)) {
      waiting--;
      decide(context);
    }
  }

  private static boolean isInterim(Object message) {
    return message instanceof HttpResponse response
        && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
    super.channelWritabilityChanged(context);
    decide(context);
  }

  /** Vert.x begins to read again by itself, when it has passed on a body. */
  @Override
  public void read(ChannelHandlerContext context) throws Exception {
    if (stopped) {
      context.channel().config().setAutoRead(false);
    } else {
      super.read(context);
    }
  }

  private void decide(ChannelHandlerContext context) {
    boolean stop = waiting > MOST_WAITING || !context.channel().isWritable();
    if (stop != stopped) {
      stopped = stop;
      context.channel().config().setAutoRead(!stop);
    }
  }
}
