/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Raw sockets that misbehave, while others are served. */
@QuarkusTest
@TestProfile(LimitsProfile.class)
final class LimitsTest {
  private static final String PATH = "/v1/caches/plain/entries/limits";
  private static final String CLOSE = "Connection: close\r\n";

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  private static Socket connect(URI base) throws IOException {
    Socket socket = new Socket(base.getHost(), base.getPort());
    socket.setSoTimeout(1);
    return socket;
  }

  /** Whether the server has ended the connection; waits a millisecond for it. */
  private static boolean isEnded(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // reset
    }
  }

  private static void send(Socket socket, String octets) throws IOException {
    socket.getOutputStream().write(octets.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends a byte now and then, as long as the server lets it. */
  private static void dripUntilEnded(Socket socket) {
    await().atMost(Sidecar.LIMIT).until(() -> isEndedByADrip(socket));
  }

  private static boolean isEndedByADrip(Socket socket) {
    try {
      send(socket, "x");
    } catch (IOException e) {
      return true;
    }
    return isEnded(socket);
  }

  @Test
  void head_thatDrips_isCut() throws IOException {
    for (URI base : List.of(Sidecar.uri("/"), Sidecar.managementUri("/"))) {
      try (Socket socket = connect(base)) {
        send(socket, "GET / HTTP/1.1\r\nHost: sidecache\r\nX: ");
        dripUntilEnded(socket);
      }
    }
  }

  @Test
  void body_thatDrips_isCut() throws IOException {
    try (Socket socket = connect(Sidecar.uri("/"))) {
      send(
          socket,
          "PUT "
              + PATH
              + " HTTP/1.1\r\nHost: sidecache\r\nSidecache-Fill: x\r\nContent-Length: 100000\r\n\r\n");
      dripUntilEnded(socket);
    }
  }

  @Test
  void secondRequest_thatDrips_isCut() throws IOException {
    try (Socket socket = connect(Sidecar.uri("/"))) {
      send(socket, "GET /v1/caches/plain HTTP/1.1\r\nHost: sidecache\r\n\r\n");
      await().atMost(Sidecar.LIMIT).until(() -> !isEnded(socket) && hasRead(socket));
      send(socket, "GET / HTTP/1.1\r\nX: ");
      dripUntilEnded(socket);
    }
  }

  private static boolean hasRead(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    boolean read = in.available() > 0;
    in.skipNBytes(in.available());
    return read;
  }

  @Test
  void connection_onWhichNothingHappens_isEnded() throws IOException {
    try (Socket half = connect(Sidecar.uri("/"));
        Socket silent = connect(Sidecar.uri("/"))) {
      send(half, "GET / HTTP/1.1\r\n");
      await().atMost(Sidecar.LIMIT.multipliedBy(3)).until(() -> isEnded(half) && isEnded(silent));
    }
  }

  @Test
  void hits_whileAThousandConnectionsDrip_areAnswered() throws IOException {
    Sidecar.fill(PATH, "here");
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        Socket socket = connect(Sidecar.uri("/"));
        slow.add(socket);
        send(socket, "GET / HTTP/1.1\r\nHost: sidecache\r\nX: ");
      }
      for (int round = 0; round < 50; round++) {
        assertThat(Sidecar.get(PATH).assertStatus(200).cacheStatus()).isEqualTo("sidecache; hit");
      }
      await().atMost(Sidecar.LIMIT).until(() -> slow.stream().allMatch(LimitsTest::isEndedByADrip));
      assertThat(Sidecar.get(PATH).assertStatus(200).text()).isEqualTo("here");
    } finally {
      close(slow);
    }
  }

  @Test
  void connections_overTheMaximum_areEndedAtOnceAndTheOthersServed() throws IOException {
    List<Socket> open = new ArrayList<>();
    try {
      // The client of the tests holds some of them.
      await()
          .atMost(Sidecar.LIMIT)
          .until(
              () -> {
                while (open.size() < LimitsProfile.CONNECTIONS - 100) {
                  open.add(connect(Sidecar.uri("/")));
                }
                open.add(connect(Sidecar.uri("/")));
                return isEnded(open.getLast());
              });
      // One that was there before goes on.
      Socket early = open.getFirst();
      early.setSoTimeout(Math.toIntExact(Sidecar.LIMIT.toMillis()));
      send(early, "GET /v1/caches/plain HTTP/1.1\r\nHost: sidecache\r\n" + CLOSE + "\r\n");
      assertThat(new String(early.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 200 ");
      Sidecar.management("/health/live").assertStatus(200);
    } finally {
      close(open);
    }
    await()
        .atMost(Sidecar.LIMIT)
        .until(
            () -> status("GET /v1/caches/plain HTTP/1.1\r\nHost: x\r\n" + CLOSE + "\r\n"),
            line -> line.startsWith("HTTP/1.1 200 "));
  }

  private static void close(List<Socket> sockets) {
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The head of the first answer. */
  private static String head(String request) {
    return Sidecar.rawUntil(request, read -> read.contains("\r\n\r\n"));
  }

  private static String status(String request) {
    return head(request).lines().findFirst().orElse("");
  }

  @Test
  void head_tooLong_isRefused() {
    String start = "GET " + PATH + "-head HTTP/1.1\r\nHost: sidecache\r\n";
    assertThat(status(start + "X: " + "x".repeat(17 << 10) + "\r\n" + CLOSE + "\r\n"))
        .startsWith("HTTP/1.1 431 ");
    assertThat(status(start + "X: x\r\n".repeat(10_000) + CLOSE + "\r\n"))
        .startsWith("HTTP/1.1 431 ");
    assertThat(status("GET /" + "x".repeat(5000) + " HTTP/1.1\r\nHost: sidecache\r\n\r\n"))
        .startsWith("HTTP/1.0 414 ");
    assertThat(status(start + "X: " + "x".repeat(8 << 10) + "\r\n" + CLOSE + "\r\n"))
        .startsWith("HTTP/1.1 404 ");
  }

  @Test
  void http2_isNotSpoken() throws IOException {
    String answer = head("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assertThat(answer).matches("(?s)(HTTP/... [45][^\\x00]*)?");
    String upgraded =
        Sidecar.rawUntilClosed(
            "GET "
                + PATH
                + " HTTP/1.1\r\nHost: sidecache\r\nConnection: close, Upgrade, HTTP2-Settings\r\n"
                + "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
    assertThat(upgraded).doesNotContain("101 Switching");
  }

  @Test
  void requests_thatTwoServersWouldDivideDifferently_areNotServedTwice() throws IOException {
    String put = "PUT " + PATH + " HTTP/1.1\r\nHost: sidecache\r\nSidecache-Fill: x\r\n";
    for (String fields :
        List.of(
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Content-Length: 5, 6\r\n",
            "Content-Length: +5\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 0x5\r\n",
            "Content-Length: 5 5\r\n",
            "Content-Length : 5\r\n",
            "X: x\r\n y\r\nContent-Length: 99999999999999999999\r\n",
            "Transfer-Encoding : chunked\r\n",
            "Host: other\u0000\r\n")) {
      assertThat(status(put + fields + CLOSE + "\r\nhello")).as(fields).startsWith("HTTP/1.1 400 ");
    }
    for (String chunks : List.of("x\r\n", "-1\r\n", "5;\r\nhelloX", "fffffffffffffffff\r\n")) {
      String answer = head(put + "Transfer-Encoding: chunked\r\n" + CLOSE + "\r\n" + chunks);
      assertThat(answer.split("HTTP/1.1 2", -1)).as(chunks).hasSize(1);
    }
  }

  @Test
  void request_withBothLengthAndChunks_endsWhereTheChunksEnd() {
    // RFC 9112, section 6.3: the chunks decide. What follows is a request of its own.
    String answer =
        Sidecar.rawUntilClosed(
            "PUT "
                + PATH
                + " HTTP/1.1\r\nHost: sidecache\r\nSidecache-Fill: x\r\nContent-Length: 200\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                + "GET /nothing HTTP/1.1\r\nHost: sidecache\r\n"
                + CLOSE
                + "\r\n");
    assertThat(answer).startsWith("HTTP/1.1 412 ").contains("HTTP/1.1 404 ");
  }

  @Test
  void absoluteTarget_isServedByItsPath() {
    String answer =
        status("GET http://sidecache:1/v1/caches/plain HTTP/1.1\r\nHost: x\r\n" + CLOSE + "\r\n");
    assertThat(answer).startsWith("HTTP/1.1 200 ");
    for (String line : List.of("CONNECT sidecache:443", "OPTIONS *", "GET *", "GET plain")) {
      assertThat(status(line + " HTTP/1.1\r\nHost: x\r\n" + CLOSE + "\r\n"))
          .as(line)
          .matches("HTTP/1.1 4.*");
    }
  }

  @Test
  void expectation_isAnsweredBeforeTheBody() throws IOException {
    Socket socket = connect(Sidecar.uri("/"));
    try (socket) {
      socket.setSoTimeout(Math.toIntExact(Sidecar.LIMIT.toMillis()));
      send(
          socket,
          "PUT "
              + PATH
              + " HTTP/1.1\r\nHost: sidecache\r\nSidecache-Fill: x\r\nContent-Length: 5\r\n"
              + "Expect: 100-Continue\r\n"
              + CLOSE
              + "\r\n");
      assertThat(line(socket)).startsWith("HTTP/1.1 100 ");
      OutputStream out = socket.getOutputStream();
      out.write("hello".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("HTTP/1.1 412 ");
    }
    // Who is refused is told so before the body, in place of being asked for it.
    assertThat(
            status(
                "PUT "
                    + PATH
                    + " HTTP/1.1\r\nHost: sidecache\r\nContent-Length: 9999999999\r\n"
                    + "Expect: 100-continue\r\nSidecache-Fill: x\r\n\r\n"
                    + "x"))
        .startsWith("HTTP/1.1 413 ");
  }

  private static String line(Socket socket) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int octet = socket.getInputStream().read();
        octet >= 0 && octet != '\n';
        octet = socket.getInputStream().read()) {
      line.write(octet);
    }
    return line.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void body_compressed_isStoredAsItIsAndNeverInflated() {
    // A bomb: the server that inflates it is the one it is meant for.
    String token = Sidecar.get(PATH + "-bomb").token();
    Sidecar.put(
            PATH + "-bomb", "not gzip at all", "Sidecache-Fill", token, "Content-Encoding", "gzip")
        .assertStatus(201);
    assertThat(Sidecar.get(PATH + "-bomb").text()).isEqualTo("not gzip at all");
  }
}
