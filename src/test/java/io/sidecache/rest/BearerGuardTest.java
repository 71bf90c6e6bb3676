/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(GuardedProfile.class)
final class BearerGuardTest {
  private static final String FIELD = "Authorization";

  /** Every way to write a path that any of our routers might take for one of the API's. */
  private static final List<String> TARGETS =
      List.of(
          "/v1/caches",
          "/v1/caches/plain",
          "/v1/caches/plain/entries",
          "/v1/caches/plain/entries/1",
          "/v1/caches/plain/entries/get",
          "/v1/caches/plain/invalidations",
          "/v1/events",
          "/v1/webhooks",
          "/v1/webhooks/in",
          "/v1/webhooks/search/dead-letters",
          "/v1/webhooks/search/replay",
          "/v1/webhooks/in/../../caches",
          "/v1/webhooks/in%2F..%2F..%2Fcaches",
          "/v1/webhooks//in/billing",
          "//v1/caches",
          "/./v1/caches",
          "/x/../v1/caches",
          "/%76%31/caches",
          "/v1%2Fcaches",
          "/v1/caches/",
          "/v1/caches;x=.js",
          "/v1/caches?x=/index.html",
          "/v1/caches#.html",
          "/v1\\caches",
          "/index.html/../v1/caches",
          "/index.html;/../v1/caches",
          "/..%2Fv1%2Fcaches.html",
          "http://sidecache/v1/caches",
          "http://sidecache/index.html/../v1/caches",
          "/v2",
          "/q/health",
          "/favicon.ico/x");

  @Test
  void path_withoutAToken_isRefusedByEveryMethod() {
    for (String method : List.of("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "BREW")) {
      for (String target : TARGETS) {
        Answer answer = raw(method, target, "");
        assertThat(answer.status()).as("%s %s", method, target).isIn(400, 401, 404);
        if (answer.status() == 404) { // only a sender's name that nobody has
          assertThat(target).startsWith("/v1/webhooks/in");
        }
        assertThat(answer.text()).doesNotContain("\"caches\"");
      }
    }
  }

  private static Answer raw(String method, String target, String fields) {
    return Sidecar.parse(
        Sidecar.rawUntilClosed(
            method
                + " "
                + target
                + " HTTP/1.1\r\nHost: sidecache\r\nConnection: close\r\n"
                + fields
                + "\r\n"));
  }

  @Test
  void answer_toWhoHasNoToken_tellsHowToAuthenticate() {
    Answer answer = Sidecar.get("/v1/caches").assertProblem(401, "unauthorized");
    assertThat(answer.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"sidecache\"");
  }

  @Test
  void token_eachOfTheTwo_isAcceptedInAnySpellingOfTheScheme() {
    for (String token : List.of(GuardedProfile.OLD, GuardedProfile.NEW)) {
      for (String scheme : List.of("Bearer ", "bearer ", "BEARER ", "Bearer   ")) {
        Sidecar.get("/v1/caches", FIELD, scheme + token).assertStatus(200);
      }
      Sidecar.get("/v1/events?cache=nobodys", FIELD, "Bearer " + token).assertStatus(404);
    }
  }

  @Test
  void token_wrong_isRefused() {
    String right = GuardedProfile.OLD;
    for (String field :
        List.of(
            "",
            "Bearer",
            "Bearer ",
            "Bearer \t ",
            "Bearer x",
            "Bearer" + right,
            "Bearer," + right,
            "Bearer " + right.substring(1),
            "Bearer " + right.substring(0, right.length() - 1),
            "Bearer " + right + "x",
            "Bearer " + right.toUpperCase(java.util.Locale.ROOT),
            "Bearer " + right + "," + GuardedProfile.NEW,
            "Bearer " + right + " " + right,
            "Basic " + right,
            right,
            "Bearer " + "x".repeat(8_000))) {
      Answer answer = raw("GET", "/v1/caches", "Authorization: " + field + "\r\n");
      assertThat(answer.status()).as(field).isEqualTo(401);
    }
  }

  @Test
  void token_inTwoFields_isRefused() {
    String right = "Authorization: Bearer " + GuardedProfile.OLD + "\r\n";
    assertThat(raw("GET", "/v1/caches", right).status()).isEqualTo(200);
    assertThat(raw("GET", "/v1/caches", right + right).status()).isEqualTo(401);
    assertThat(raw("GET", "/v1/caches", right + "Authorization: Bearer x\r\n").status())
        .isEqualTo(401);
  }

  @Test
  void token_inTheQueryOrACookie_isRefused() {
    Sidecar.get("/v1/caches?access_token=" + GuardedProfile.OLD).assertStatus(401);
    Sidecar.get("/v1/caches", "Cookie", "access_token=" + GuardedProfile.OLD).assertStatus(401);
  }

  @Test
  void webhookIn_needsASignatureAndNoToken() {
    Sidecar.send(
            "POST",
            "/v1/webhooks/in/billing",
            BodyPublishers.ofString("[]"),
            "Content-Type",
            "application/json")
        .assertProblem(401, "untrusted");
  }

  @Test
  void page_needsNoToken() {
    for (String path : List.of("/", "/index.html", "/sidecache.js", "/uplot.js", "/uplot.css")) {
      Sidecar.get(path).assertStatus(200);
      Sidecar.put(path, "x").assertStatus(405);
    }
    for (String path : List.of("/favicon.ico", "/sidecache.js.map", "/index.html/")) {
      Sidecar.get(path).assertStatus(401);
    }
  }

  @Test
  void management_needsNoToken() {
    Sidecar.management("/health/live").assertStatus(200);
    Sidecar.management("/metrics").assertStatus(200);
  }

  @Test
  void otherSite_withTheToken_isServed() {
    // A token is not sent by itself, as a cookie would be.
    Sidecar.send(
            "DELETE",
            "/v1/caches/plain/entries/1?scope=local",
            BodyPublishers.noBody(),
            FIELD,
            "Bearer " + GuardedProfile.OLD,
            "Origin",
            "https://dashboard.example.com")
        .assertStatus(204);
  }
}
