/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/** An HTTP/1.1 server on a port of its own that answers as it is told, badly too. */
public final class WebhookReceiver implements AutoCloseable {
  private final ServerSocket server;
  private final Function<Request, Reply> behaviour;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final boolean keeping;

  /** One request; header names in lower case. */
  public record Request(String line, Map<String, String> headers, String body) {
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  /** What comes back. */
  public sealed interface Reply {
    /** A status, with header lines and a body. */
    record Status(int status, List<String> headers, String body) implements Reply {}

    /** Nothing at all. */
    record Hang() implements Reply {}

    /** The connection is reset. */
    record Reset() implements Reply {}

    /** The head comes a byte at a time and never ends. */
    record SlowHead() implements Reply {}

    /** A good status, and a body that comes a byte at a time and never ends. */
    record SlowBody() implements Reply {}

    /** A good status, and a body without end, as fast as it is read. */
    record EndlessBody() implements Reply {}
  }

  public static Reply status(int status, String... headers) {
    return new Reply.Status(status, List.of(headers), "");
  }

  private WebhookReceiver(Function<Request, Reply> behaviour, boolean keeping) throws IOException {
    this.behaviour = behaviour;
    this.keeping = keeping;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  /** One that keeps all requests. */
  public static WebhookReceiver start(Function<Request, Reply> behaviour) throws IOException {
    return started(new WebhookReceiver(behaviour, true));
  }

  /** One that keeps none. */
  public static WebhookReceiver forgetful(Function<Request, Reply> behaviour) throws IOException {
    return started(new WebhookReceiver(behaviour, false));
  }

  private static WebhookReceiver started(WebhookReceiver receiver) {
    Thread.ofVirtual().start(receiver::acceptAll);
    return receiver;
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/hooks/cache?from=sidecar");
  }

  public List<Request> requests() {
    return List.copyOf(requests);
  }

  private void acceptAll() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        open.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      OutputStream out = new BufferedOutputStream(socket.getOutputStream());
      while (serveOne(socket, in, out)) {
        out.flush();
      }
    } catch (IOException e) {
      // the client has gone, which some tests are about
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      open.remove(socket);
    }
  }

  private boolean serveOne(Socket socket, InputStream in, OutputStream out)
      throws IOException, InterruptedException {
    String line = readLine(in);
    if (line.isEmpty()) {
      return false;
    }
    Map<String, String> headers = new TreeMap<>();
    for (String header = readLine(in); !header.isEmpty(); header = readLine(in)) {
      int colon = header.indexOf(':');
      headers.put(
          header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).strip());
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    Request request = new Request(line, headers, new String(body, StandardCharsets.UTF_8));
    if (keeping) {
      requests.add(request);
    }
    switch (behaviour.apply(request)) {
      case Reply.Status s -> {
        write(
            out,
            "HTTP/1.1 "
                + s.status()
                + " x\r\n"
                + String.join("", s.headers().stream().map(h -> h + "\r\n").toList()));
        write(out, "Content-Length: " + s.body().length() + "\r\n\r\n" + s.body());
        return true;
      }
      case Reply.Hang _ -> closed.await();
      case Reply.Reset _ -> socket.setSoLinger(true, 0);
      case Reply.SlowHead _ -> {
        write(out, "HTTP/1.1 200 OK\r\nX-Slow: ");
        drip(out, "x");
      }
      case Reply.SlowBody _ -> {
        write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        drip(out, "1\r\nx\r\n");
      }
      case Reply.EndlessBody _ -> {
        write(out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
        while (!server.isClosed()) {
          write(out, chunk);
        }
      }
    }
    return false;
  }

  private void drip(OutputStream out, String piece) throws IOException, InterruptedException {
    while (!closed.await(20, java.util.concurrent.TimeUnit.MILLISECONDS)) {
      write(out, piece);
      out.flush();
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String readLine(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    closed.countDown();
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
