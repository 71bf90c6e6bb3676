/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Many readers of one live stream, on plain sockets, since a client that does more would take the
 * time from the server. What they hear goes to the {@link Arrivals} that are expected now.
 */
final class Audience implements AutoCloseable {
  private static final int AT_ONCE = 100;

  private final EventLoopGroup loops;
  private volatile boolean closing;
  private volatile Arrivals expected = new Arrivals(0, 0);

  private Audience(EventLoopGroup loops) {
    this.loops = loops;
  }

  /** Connects so many readers, and waits until each has heard the first of the stream. */
  static Audience connect(int port, String path, int readers) throws InterruptedException {
    Audience audience = new Audience(new NioEventLoopGroup(2));
    for (int left = readers; left > 0; left -= AT_ONCE) {
      audience.add(port, path, Math.min(left, AT_ONCE));
    }
    return audience;
  }

  private void add(int port, String path, int readers) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(readers);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loops)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Reader(port, path, begun));
                  }
                });
    for (int reader = 0; reader < readers; reader++) {
      if (!bootstrap.connect("127.0.0.1", port).await(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the server takes no more connections");
      }
    }
    if (!begun.await(1, TimeUnit.MINUTES)) {
      throw new IllegalStateException(begun.getCount() + " readers were not served");
    }
  }

  /** From now on these keys are expected by all. */
  void expect(Arrivals arrivals) {
    expected = arrivals;
  }

  private final class Reader extends SimpleChannelInboundHandler<ByteBuf> {
    private final KeyScanner scanner = new KeyScanner(key -> expected.heard(key));
    private final String request;
    private final CountDownLatch begun;
    private boolean first = true;

    Reader(int port, String path, CountDownLatch begun) {
      this.request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n";
      this.begun = begun;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      ChannelFuture _ =
          context.writeAndFlush(
              Unpooled.copiedBuffer(request, StandardCharsets.US_ASCII), context.voidPromise());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
      if (first) {
        first = false;
        String head = bytes.toString(StandardCharsets.UTF_8);
        if (!head.startsWith("HTTP/1.1 200 ")) {
          throw new IllegalStateException("the stream was refused: " + head);
        }
        begun.countDown();
      }
      scanner.scan(bytes);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (!closing) {
        System.err.println("a reader was cut off");
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      cause.printStackTrace();
    }
  }

  @Override
  public void close() {
    closing = true;
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
