/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.vertx.core.json.JsonArray;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A key is a value to PostgreSQL and to HTTP, whatever it looks like. */
@QuarkusTest
@TestProfile(LoadInjectionProfile.class)
final class LoadInjectionTest {
  private static final List<String> KEYS =
      List.of(
          "'",
          "''",
          "' or '1'='1",
          "1 or 1=1",
          "1; drop table products; --",
          "'; drop table products; --",
          "\\'; drop table products; --",
          "'::text); drop table products; --",
          "$$; drop table products; $$",
          "$1",
          "?",
          "??",
          ":name",
          "{fn now()}",
          "%s%n",
          "1) union select version() --",
          "/* */",
          "1/**/or/**/1=1",
          "E'\\x27'",
          "\u02bc or \uff07",
          "null",
          "(select current_user)",
          "1\n;drop table products",
          "\\");

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  @AfterEach
  void tablesAreThere() {
    assertThat(Sidecar.get("/v1/caches/products/entries/1").status()).isIn(200, 404);
    assertThat(ArticleDatabase.database().query("select count(*)::text from products")).isNotNull();
  }

  private static Answer get(String cache, String key) {
    return Sidecar.get(
        "/v1/caches/"
            + cache
            + "/entries/"
            + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20"));
  }

  @Test
  void key_ofText_comesBackAsItIs() {
    for (String key : KEYS) {
      for (int i = 0; i < LoadInjectionProfile.TEXTS.size(); i++) {
        assertThat(get("text" + i, key).assertStatus(200).text().stripTrailing())
            .as("%s as %s", key, LoadInjectionProfile.TEXTS.get(i))
            .isEqualTo(key.stripTrailing());
      }
      assertThat(get("bare", key).assertStatus(200).text()).isEqualTo(key);
      String composite = new JsonArray(List.of(key, key)).encode();
      assertThat(get("two", composite).assertStatus(200).text()).isEqualTo(key + "|" + key);
    }
  }

  @Test
  void key_ofAnotherType_isRefused() {
    for (String key : KEYS) {
      for (int i = 0; i < LoadInjectionProfile.TYPES.size(); i++) {
        Answer answer = get("typed" + i, key);
        assertThat(answer.status())
            .as("%s as %s", key, LoadInjectionProfile.TYPES.get(i))
            .isEqualTo(400);
        answer.assertProblem(400, "invalid-key");
      }
    }
  }

  @Test
  void contentType_loaded_thatIsNoFieldValue_failsTheLoad() {
    for (String type :
        List.of(
            "text/html\r\nSet-Cookie: canary=1",
            "text/html\r\n\r\n<canary>",
            "text/html\nX-Canary: 1",
            "text/html\u0001",
            "text/canary\u010d\u010a",
            "x/" + "y".repeat(254))) {
      Answer answer = get("media", type).assertProblem(503, "load-failed");
      assertThat(answer.json().getString("detail")).contains("content_type");
      get("media", type).assertProblem(503, "load-failed"); // and nothing was stored
    }
    assertThat(get("media", "text/html").assertStatus(200).header("Content-Type"))
        .isEqualTo("text/html");
  }

  @Test
  void groups_loaded_cannotAddAField() {
    for (String group : List.of("a\r\nSet-Cookie: x=1", "a\", \"b", "a\\", "\u010d\u010a", "ä")) {
      for (int i = 0; i < 2; i++) { // loaded, and from memory
        Answer answer = get("grouped", group).assertStatus(200);
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(answer.headers().allValues("Cache-Groups"))
            .hasSizeLessThan(2)
            .noneMatch(field -> field.equals("\"a\", \"b\""));
      }
    }
  }

  @Test
  void contentEncoding_thatIsNoFieldValue_isRefused() {
    for (String octets : List.of("gzip\u0001", "gz\u00e4ip", "x".repeat(300))) {
      String answer =
          Sidecar.rawUntilClosed(
              "PUT /v1/caches/unfenced/entries/coded HTTP/1.1\r\nHost: sidecache\r\n"
                  + "Connection: close\r\nContent-Length: 1\r\nContent-Encoding: "
                  + octets
                  + "\r\n\r\nx");
      assertThat(answer).as(octets).startsWith("HTTP/1.1 400 ");
    }
    assertThat(Sidecar.get("/v1/caches/unfenced/entries/coded").status()).isEqualTo(404);
  }
}
