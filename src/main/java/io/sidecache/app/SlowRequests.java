/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.quarkus.vertx.http.HttpServerStart;
import io.quarkus.vertx.http.HttpsServerStart;
import io.sidecache.config.Settings;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * Puts an {@link ArrivalClock} and {@link PipelinedRequests} in front of every connection that
 * anyone opens to us.
 *
 * <p>Vert.x has a timeout for connections on which nothing happens, and none for one that sends a
 * byte now and then. It calls us only when the head of a request is whole, which is what such a
 * client never lets happen; so the clock is put there by the listening sockets (docs/adr/0026).
 */
@Singleton
class SlowRequests {
  private static final String NAME = "sidecache-arrivals";
  private static final String PIPELINED = "sidecache-pipelined";

  private final Vertx vertx;
  private final Duration grace;

  @Inject
  SlowRequests(Vertx vertx, Settings settings) {
    this.vertx = vertx;
    this.grace = settings.api().requestTimeout();
  }

  void listening(@ObservesAsync HttpServerStart event) {
    install();
  }

  void listening(@ObservesAsync HttpsServerStart event) {
    install();
  }

  private void install() {
    for (EventExecutor executor : ((VertxInternal) vertx).getAcceptorEventLoopGroup()) {
      if (executor instanceof SingleThreadEventLoop loop) {
        loop.execute(
            () ->
                loop.registeredChannelsIterator().forEachRemaining(this::guard)); // its own thread
      }
    }
  }

  private void guard(Channel channel) {
    if (channel instanceof ServerChannel && channel.pipeline().get(NAME) == null) {
      channel.pipeline().addFirst(NAME, new Accepted(grace));
    }
  }

  @Sharable
  private static final class Accepted extends ChannelInboundHandlerAdapter {
    private final Duration grace;

    private Accepted(Duration grace) {
      this.grace = grace;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
      if (message instanceof Channel accepted) {
        accepted
            .pipeline()
            .addFirst(NAME, new ArrivalClock(grace, System::nanoTime))
            .addLast(PIPELINED, new PipelinedRequests.Entrance());
      }
      super.channelRead(context, message);
    }
  }
}
