/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Asks one question over plain sockets by an absolute schedule, the same for whatever protocol. A
 * question that was due while its connection still waited for an answer counts from when it was
 * due; that of a connection at rest from when it was sent, so that our own waking up late is not
 * counted as the server's.
 *
 * @param question the bytes to send
 * @param answerEnd what the answer ends with, and holds nowhere else
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never changed
record Metronome(byte[] question, byte[] answerEnd) {

  /** One that asks for the entry by HTTP. */
  static Metronome http() {
    return of(
        "GET " + Application.ENTRY + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", Application.BODY);
  }

  /** One that asks for the entry by the protocol of Redis. */
  static Metronome redis() {
    return of("*2\r\n$3\r\nGET\r\n$5\r\nbench\r\n", Application.BODY + "\r\n");
  }

  private static Metronome of(String question, String answerEnd) {
    return new Metronome(
        question.getBytes(StandardCharsets.US_ASCII),
        answerEnd.getBytes(StandardCharsets.US_ASCII));
  }

  /** Asks so often per second; gives the times that answers took, in nanoseconds. */
  Histogram run(int port, int perSecond, Duration length) throws InterruptedException {
    int each = (int) (perSecond * length.toSeconds() / HttpLoad.CONNECTIONS);
    long intervalNanos = TimeUnit.SECONDS.toNanos(1) * HttpLoad.CONNECTIONS / perSecond;
    long startNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
    try (ExecutorService threads = Executors.newFixedThreadPool(HttpLoad.CONNECTIONS)) {
      List<Future<Histogram>> all = new ArrayList<>();
      for (int connection = 0; connection < HttpLoad.CONNECTIONS; connection++) {
        long firstNanos = startNanos + connection * intervalNanos / HttpLoad.CONNECTIONS;
        all.add(threads.submit(() -> ask(port, firstNanos, intervalNanos, each)));
      }
      Histogram times = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
      for (Future<Histogram> one : all) {
        times.add(one.get());
      }
      return times;
    } catch (ExecutionException e) {
      throw new IllegalStateException("not all answers were good", e);
    }
  }

  private Histogram ask(int port, long firstNanos, long intervalNanos, int times)
      throws IOException {
    Histogram histogram = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    byte[] answer = new byte[4096];
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      for (int i = 0; i < times; i++) {
        long dueNanos = firstNanos + i * intervalNanos;
        boolean late = System.nanoTime() > dueNanos;
        Commits.awaitNanoTime(dueNanos);
        long fromNanos = late ? dueNanos : System.nanoTime();
        socket.getOutputStream().write(question);
        readAnswer(socket.getInputStream(), answer);
        histogram.recordValue(System.nanoTime() - fromNanos);
      }
    }
    return histogram;
  }

  private void readAnswer(InputStream in, byte[] answer) throws IOException {
    int length = 0;
    while (!endsAt(answer, length)) {
      int read = in.read(answer, length, answer.length - length);
      if (read <= 0) {
        throw new IOException(
            "not the entry: " + new String(answer, 0, length, StandardCharsets.UTF_8));
      }
      length += read;
    }
  }

  private boolean endsAt(byte[] answer, int length) {
    int from = length - answerEnd.length;
    return from >= 0 && Arrays.equals(answer, from, length, answerEnd, 0, answerEnd.length);
  }
}
