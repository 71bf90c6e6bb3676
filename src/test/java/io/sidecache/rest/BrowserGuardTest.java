/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleProfile;
import io.sidecache.app.LogCapture;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a browser on this host may be made to send by the pages of strangers. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class BrowserGuardTest {
  private static final String PATH = "/v1/caches/plain/entries/browser?scope=local";

  private static final String FROM_EVIL = "Host: localhost\r\nOrigin: https://evil.example.com\r\n";
  private static final String PREFLIGHT = "Access-Control-Request-Method: DELETE\r\n";

  private static Answer raw(String method, String target, String fields) {
    return Sidecar.parse(
        Sidecar.rawUntilClosed(
            method + " " + target + " HTTP/1.1\r\nConnection: close\r\n" + fields + "\r\n"));
  }

  @Test
  void host_thatSomeoneCouldOwn_isRefused() {
    for (String host :
        List.of(
            "evil.example.com",
            "evil.example.com:8080",
            "127.0.0.1.nip.io",
            "localhost.evil.com",
            "evil.com.",
            "evil.com.:8080",
            "1.2",
            "x.127.0.0.1")) {
      for (String target : List.of("/v1/caches", PATH, "/v1/events", "/nothing")) {
        Answer answer = raw("GET", target, "Host: " + host + "\r\n");
        assertThat(answer.status()).as("%s %s", host, target).isEqualTo(421);
        answer.assertProblem(421, "misdirected");
      }
    }
  }

  @Test
  void host_thatIsAnAddressOrLocal_isServed() {
    for (String host :
        List.of(
            "localhost",
            "localhost:8080",
            "LOCALHOST.:8080",
            "sidecache.localhost",
            "127.0.0.1",
            "127.0.0.1:8080",
            "[::1]",
            "[::1]:8080",
            "10.1.2.3:8080",
            "sidecache",
            "side_car:1")) {
      assertThat(raw("GET", "/v1/caches", "Host: " + host + "\r\n").status())
          .as(host)
          .isEqualTo(200);
    }
  }

  @Test
  void host_missingOrMalformed_isRefusedAndTheTargetNotLogged() {
    try (LogCapture log = LogCapture.start()) {
      for (String host :
          List.of("", "Host: 127.0.0.1@evil.com\r\n", "Host: a b\r\n", "Host: [\r\n")) {
        Answer answer = raw("GET", "/v1/caches/plain/entries/canary-key", host);
        assertThat(answer.status()).as(host).isEqualTo(400);
        answer.assertProblem(400, "invalid-request");
      }
      assertThat(log.lines()).noneMatch(line -> line.contains("canary"));
    }
  }

  @Test
  void change_fromAnotherSite_isRefused() {
    for (String fields :
        List.of(
            "Sec-Fetch-Site: cross-site\r\n",
            "Sec-Fetch-Site: same-site\r\n",
            "Origin: https://evil.example.com\r\n",
            "Origin: http://localhost:3000\r\n",
            "Origin: http://localhost\r\n",
            "Origin: null\r\n",
            "Origin: \r\n",
            "Origin: http://localhost:8080.evil.com\r\n",
            "Origin: http://localhost:8080\r\nSec-Fetch-Site: cross-site\r\n")) {
      for (String request : List.of("DELETE " + PATH, "POST /v1/webhooks/search/replay")) {
        String[] parts = request.split(" ", 2);
        raw(parts[0], parts[1], "Host: localhost:8080\r\nContent-Length: 0\r\n" + fields)
            .assertProblem(403, "cross-site");
      }
    }
  }

  @Test
  void change_fromOurOwnPageOrNoBrowser_isServed() {
    for (String fields :
        List.of(
            "",
            "Sec-Fetch-Site: none\r\n",
            "Sec-Fetch-Site: same-origin\r\nOrigin: http://localhost:8080\r\n",
            "Origin: http://LOCALHOST:8080\r\n")) {
      assertThat(raw("DELETE", PATH, "Host: localhost:8080\r\n" + fields).status())
          .as(fields)
          .isEqualTo(204);
    }
  }

  @Test
  void answer_toAnotherOrigin_letsItReadNothing() {
    Answer answer = raw("GET", "/v1/caches", FROM_EVIL);
    assertThat(answer.headers().map().keySet())
        .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
    Answer preflight = raw("OPTIONS", PATH, FROM_EVIL + PREFLIGHT);
    assertThat(preflight.status()).isEqualTo(405);
    assertThat(preflight.headers().map().keySet())
        .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
  }
}
