/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What was put comes back byte for byte, with the media type it was put with. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class EntryContentTest {
  private static final String ENTRIES = "/v1/caches/plain/entries/content-";

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  @Test
  void contentType_odd_comesBackAsItWas() {
    List<String> types =
        List.of(
            "application/json",
            "text/html; charset=iso-8859-1",
            "application/vnd.acme.widget+json;version=\"1, 2\"",
            "not a media type",
            "x/" + "y".repeat(253));
    for (int i = 0; i < types.size(); i++) {
      String path = ENTRIES + "type-" + i;
      Sidecar.fill(path, "{}", "Content-Type", types.get(i));
      Answer answer = Sidecar.get(path).assertStatus(200);
      assertThat(answer.header("Content-Type")).isEqualTo(types.get(i));
      // Nobody has checked it, so nobody may guess from it.
      assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    }
  }

  @Test
  void contentType_missing_countsAsBytes() {
    Sidecar.fill(ENTRIES + "typeless", "?");
    assertThat(Sidecar.get(ENTRIES + "typeless").header("Content-Type"))
        .isEqualTo("application/octet-stream");
  }

  @Test
  void contentType_tooLong_isRefused() {
    String token = Sidecar.get(ENTRIES + "long-type").token();
    Sidecar.put(
            ENTRIES + "long-type",
            "x",
            "Sidecache-Fill",
            token,
            "Content-Type",
            "x/" + "y".repeat(254))
        .assertProblem(400, "invalid-request");
  }

  @Test
  void contentEncoding_anEntrysOwn_comesBackAsItWas() {
    Sidecar.fill(ENTRIES + "coded", "not really gzip", "Content-Encoding", "gzip");
    Answer answer = Sidecar.get(ENTRIES + "coded").assertStatus(200);
    assertThat(answer.header("Content-Encoding")).isEqualTo("gzip");
    assertThat(answer.text()).isEqualTo("not really gzip");
    assertThat(Sidecar.get(ENTRIES + "coded", "Accept-Encoding", "identity").text())
        .isEqualTo("not really gzip");
  }

  @Test
  void contentEncoding_none_isNotAdded() {
    Sidecar.fill(ENTRIES + "plain", "x".repeat(5000), "Content-Type", "text/plain");
    Answer answer =
        Sidecar.get(ENTRIES + "plain", "Accept-Encoding", "gzip, deflate, br").assertStatus(200);
    assertThat(answer.header("Content-Encoding")).isEmpty();
    assertThat(answer.body().length()).isEqualTo(5000);
  }

  @Test
  void body_ofEveryByte_comesBackAsItWas() {
    byte[] bytes = new byte[4096];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + (i >> 8));
    }
    String path = ENTRIES + "binary";
    Sidecar.put(path, bytes, "Sidecache-Fill", Sidecar.get(path).token()).assertStatus(201);
    assertThat(Sidecar.get(path).body().getBytes()).isEqualTo(bytes);
  }

  @Test
  void body_empty_isAValue() {
    Sidecar.fill(ENTRIES + "empty", "", "Content-Type", "text/plain");
    Answer answer = Sidecar.get(ENTRIES + "empty").assertStatus(200);
    assertThat(answer.body().length()).isZero();
    assertThat(answer.header("Content-Length")).isEqualTo("0");
    assertThat(answer.header("Content-Type")).isEqualTo("text/plain");
    assertThat(answer.cacheStatus()).isEqualTo("sidecache; hit");
  }

  @Test
  void body_inChunks_isPutTogether() {
    String path = ENTRIES + "chunks";
    String token = Sidecar.get(path).token();
    String answer =
        Sidecar.raw(
            "PUT "
                + path
                + " HTTP/1.1\r\nHost: sidecache\r\nConnection: close\r\nSidecache-Fill: "
                + token
                + "\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    Sidecar.parse(answer).assertStatus(201);
    assertThat(Sidecar.get(path).text()).isEqualTo("hello world");
  }

  @Test
  void etag_ofEqualBytes_differsByMediaTypeAndCoding() {
    Sidecar.fill(ENTRIES + "tag-1", "same", "Content-Type", "text/plain");
    Sidecar.fill(ENTRIES + "tag-2", "same", "Content-Type", "text/plain");
    Sidecar.fill(ENTRIES + "tag-3", "same", "Content-Type", "text/html");
    Sidecar.fill(
        ENTRIES + "tag-4", "same", "Content-Type", "text/plain", "Content-Encoding", "identity");
    String etag = Sidecar.get(ENTRIES + "tag-1").header("ETag");
    assertThat(Sidecar.get(ENTRIES + "tag-2").header("ETag")).isEqualTo(etag);
    assertThat(Sidecar.get(ENTRIES + "tag-3").header("ETag")).isNotEqualTo(etag);
    assertThat(Sidecar.get(ENTRIES + "tag-4").header("ETag")).isNotEqualTo(etag);
  }

  @Test
  void http2_entry_isPutAndGotAndRefused() throws Exception {
    // What java.net.http asks for unless it is told otherwise: an upgrade to HTTP/2.
    try (HttpClient client = HttpClient.newHttpClient()) {
      String path = "/v1/caches/orders/entries/http2";
      HttpRequest.Builder request = HttpRequest.newBuilder(Sidecar.uri(path));
      HttpResponse<String> miss = client.send(request.GET().build(), BodyHandlers.ofString());
      assertThat(miss.version()).isEqualTo(HttpClient.Version.HTTP_2);
      String token = miss.headers().firstValue("Sidecache-Fill").orElseThrow();
      request.header("Sidecache-Fill", token);

      assertThat(put(client, request, "x".repeat(ArticleProfile.ORDER_BYTES + 1)).statusCode())
          .isEqualTo(413);
      HttpResponse<String> created = put(client, request, "over HTTP/2");
      assertThat(created.statusCode()).isEqualTo(201);
      assertThat(created.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(client.send(request.GET().build(), BodyHandlers.ofString()).body())
          .isEqualTo("over HTTP/2");
    }
  }

  private static HttpResponse<String> put(
      HttpClient client, HttpRequest.Builder request, String body) throws Exception {
    return client.send(
        request.PUT(HttpRequest.BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
  }
}
