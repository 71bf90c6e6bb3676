/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.soak;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One HTTP/1.1 connection that may carry many requests at once (pipelining, RFC 9112, section
 * 9.3.2). Takes little from the two processors that it shares with the sidecar. One thread at a
 * time.
 */
public final class HttpPipe implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket socket;
  private final InputStream in;
  private final Map<Integer, String> statuses = new HashMap<>();
  private byte[] buffer = new byte[64 * 1024];
  private int position;
  private int end;

  public HttpPipe(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(PATIENCE_MILLIS);
    in = socket.getInputStream();
  }

  public void send(byte[] requests, int length) throws IOException {
    socket.getOutputStream().write(requests, 0, length);
  }

  public Answer exchange(String request) throws IOException {
    byte[] bytes = request.getBytes(StandardCharsets.UTF_8);
    send(bytes, bytes.length);
    return receive();
  }

  /** The answer to the oldest request that has none. */
  public Answer receive() throws IOException {
    int line = line();
    int status = Integer.parseInt(text(line + 9, line + 12));
    int length = 0;
    String cacheStatus = "";
    long age = -1;
    String token = "";
    boolean retryAfter = false;
    for (line = line(); buffer[line] != '\r'; line = line()) {
      int colon = line;
      while (buffer[colon] != ':') {
        colon++;
      }
      int last = position - 2; // of the line end
      switch (colon - line) {
        case 3 -> {
          if (is("age", line)) {
            age = Long.parseLong(text(colon + 2, last));
          }
        }
        case 11 -> retryAfter |= is("retry-after", line);
        case 12 -> {
          if (is("cache-status", line)) {
            cacheStatus = status(colon + 2, last);
          }
        }
        case 14 -> {
          if (is("content-length", line)) {
            length = Integer.parseInt(text(colon + 2, last));
          } else if (is("sidecache-fill", line)) {
            token = text(colon + 2, last);
          }
        }
        default -> {}
      }
    }
    while (end - position < length) {
      more(position);
    }
    String body = status == 200 ? text(position, position + length) : "";
    position += length;
    return new Answer(status, cacheStatus, age, token, retryAfter, body);
  }

  /** There are few; a string for each answer would be most of our garbage. */
  private String status(int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + buffer[i];
    }
    return statuses.computeIfAbsent(hash, h -> text(from, to));
  }

  private boolean is(String name, int at) {
    for (int i = 0; i < name.length(); i++) {
      if ((buffer[at + i] | 0x20) != (name.charAt(i) | 0x20)) {
        return false;
      }
    }
    return true;
  }

  private String text(int from, int to) {
    return new String(buffer, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** Where the next line starts; {@code position} is then behind its end. */
  private int line() throws IOException {
    int scan = position;
    while (true) {
      for (; scan < end; scan++) {
        if (buffer[scan] == '\n') {
          int start = position;
          position = scan + 1;
          return start;
        }
      }
      int kept = position;
      more(kept);
      scan -= kept - position;
    }
  }

  /** Reads on; what lies before {@code position} is given up. */
  private void more(int from) throws IOException {
    if (end == buffer.length) {
      byte[] next = from == 0 ? new byte[buffer.length * 2] : buffer;
      System.arraycopy(buffer, from, next, 0, end - from);
      buffer = next;
      end -= from;
      position = 0;
    }
    int count = in.read(buffer, end, buffer.length - end);
    if (count < 0) {
      throw new EOFException("the sidecar closed the connection");
    }
    end += count;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "HttpPipe[%d]", socket.getPort());
  }
}
