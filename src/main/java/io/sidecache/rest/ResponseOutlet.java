/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.sidecache.stream.Outlet;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;

/** A response that does not end, as the wire to one reader of the stream. */
final class ResponseOutlet implements Outlet {
  /** How many bytes may wait for a reader; one batch may come on top. */
  static final int MOST_WAITING = 64 * 1024;

  // RFC 9113, section 7: CANCEL.
  private static final long CANCEL = 8;

  private final HttpServerRequest request;
  private final HttpServerResponse response;

  ResponseOutlet(HttpServerRequest request) {
    this.request = request;
    this.response = request.response();
    response.setWriteQueueMaxSize(MOST_WAITING);
  }

  @Override
  public void write(byte[] bytes) {
    if (isOpen()) {
      response.write(wrapped(bytes));
    }
  }

  @Override
  public boolean isFull() {
    return isOpen() && response.writeQueueFull();
  }

  @Override
  public void end(byte[] last) {
    if (isOpen()) {
      response.end(wrapped(last));
    }
  }

  @Override
  public void cut() {
    if (request.version() == HttpVersion.HTTP_2) {
      response.reset(CANCEL);
    } else {
      // A close that goes through Vert.x's handler waits until all has been written, which is what
      // this reader prevents. This one ends the channel where it stands; the close handler follows.
      Channel.Unsafe channel = ((ConnectionBase) request.connection()).channel().unsafe();
      channel.close(channel.voidPromise());
    }
  }

  private boolean isOpen() {
    return !response.ended() && !response.closed();
  }

  /** A wrapper for each reader around the bytes of all. */
  @SuppressWarnings("deprecation") // Vert.x 5 keeps it, as BufferInternal.buffer(ByteBuf)
  private static Buffer wrapped(byte[] bytes) {
    return Buffer.buffer(Unpooled.wrappedBuffer(bytes));
  }
}
