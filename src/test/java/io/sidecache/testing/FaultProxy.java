/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A TCP proxy on a free loopback port that passes bytes on, or breaks what it carries in a chosen
 * way. A change of mode acts on the connections that stand as well as on new ones.
 */
public final class FaultProxy implements AutoCloseable {
  private static final int CHUNK_BYTES = 16 * 1024;
  private static final Duration SLOWNESS = Duration.ofMillis(20);

  private final InetSocketAddress target;
  private final ServerSocket listener;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicInteger accepted = new AtomicInteger();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile Mode mode = Mode.PASS;
  private volatile boolean closed;

  /** What happens to the bytes. */
  public enum Mode {
    /** They are passed on. */
    PASS,
    /** Connections are accepted and stay up; the bytes of both directions are swallowed. */
    BLACKHOLE,
    /** Connections are closed, new ones as soon as they are accepted. */
    REFUSE,
    /** Like {@link #REFUSE}, with an RST in place of a FIN. */
    RESET,
    /** The server's bytes wait until the mode changes; the client's are passed on. */
    STALL_TO_CLIENT,
    /** The client's bytes wait until the mode changes; the server's are passed on. */
    STALL_TO_SERVER,
    /** Each chunk waits a little. */
    SLOW,
    /** Of the server's next chunk the first half is passed on, then the connection is reset. */
    CUT
  }

  private FaultProxy(InetSocketAddress target, ServerSocket listener) {
    this.target = target;
    this.listener = listener;
  }

  /** Starts a proxy that leads to a port of this machine. */
  public static FaultProxy to(int port) {
    try {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      ServerSocket listener = new ServerSocket(0, 50, loopback);
      FaultProxy proxy = new FaultProxy(new InetSocketAddress(loopback, port), listener);
      proxy.threads.execute(proxy::accept);
      return proxy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** How many connections have been accepted so far. */
  public int acceptedConnections() {
    return accepted.get();
  }

  /** How many of them are up on the client's side. */
  public int openConnections() {
    return links.size();
  }

  public void setMode(Mode next) {
    lock.lock();
    try {
      mode = next;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (next == Mode.REFUSE || next == Mode.RESET) {
      links.forEach(link -> link.end(next == Mode.RESET));
    }
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = listener.accept();
        accepted.incrementAndGet();
        Link link = new Link(client);
        links.add(link);
        threads.execute(link::open);
      } catch (IOException e) {
        if (!closed) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  /** Waits as the mode asks; tells whether the bytes are to be passed on. */
  private boolean admit(boolean toClient) throws InterruptedException {
    lock.lock();
    try {
      Mode stalled = toClient ? Mode.STALL_TO_CLIENT : Mode.STALL_TO_SERVER;
      while (mode == stalled && !closed) {
        changed.await();
      }
      if (mode == Mode.SLOW) {
        long leftNanos = SLOWNESS.toNanos();
        while (leftNanos > 0 && mode == Mode.SLOW && !closed) {
          leftNanos = changed.awaitNanos(leftNanos);
        }
      }
      return mode != Mode.BLACKHOLE;
    } finally {
      lock.unlock();
    }
  }

  /** Ends all connections and frees the port. */
  @Override
  public void close() {
    closed = true;
    setMode(Mode.REFUSE);
    try {
      listener.close();
      threads.shutdown();
      if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the proxy's threads did not end");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** One client and its connection to the target. */
  private final class Link {
    private final Socket client;
    private final Socket server = new Socket();

    Link(Socket client) {
      this.client = client;
    }

    void open() {
      Mode now = mode;
      if (now == Mode.REFUSE || now == Mode.RESET) {
        end(now == Mode.RESET);
        return;
      }
      try {
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        server.connect(target);
      } catch (IOException e) {
        end(false);
        return;
      }
      threads.execute(() -> pump(client, server, false));
      pump(server, client, true);
    }

    private void pump(Socket from, Socket to, boolean toClient) {
      byte[] chunk = new byte[CHUNK_BYTES];
      boolean swallowing = false; // for good: TCP loses nothing from the midst of a stream
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
          swallowing |= !admit(toClient);
          if (toClient && mode == Mode.CUT) {
            out.write(chunk, 0, length / 2);
            end(true);
          } else if (!swallowing) {
            out.write(chunk, 0, length);
          }
        }
      } catch (IOException e) {
        // Either side is gone; both end below.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (toClient && mode == Mode.BLACKHOLE) {
        // Not even the server's end gets through.
        return;
      }
      end(false);
    }

    void end(boolean reset) {
      try {
        if (reset && !client.isClosed()) {
          client.setSoLinger(true, 0);
        }
      } catch (IOException e) {
        // Closed in the meantime.
      }
      links.remove(this);
      close(client);
      close(server);
    }

    private static void close(Socket socket) {
      try {
        socket.close();
      } catch (IOException e) {
        // Nothing is left to close.
      }
    }
  }
}
