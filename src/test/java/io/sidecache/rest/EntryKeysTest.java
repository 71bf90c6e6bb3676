/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Anything may be in a key, written as one percent-encoded path segment. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class EntryKeysTest {
  private static final String ENTRIES = "/v1/caches/plain/entries/";

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  private static String encoded(String key) {
    return URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Test
  void key_withAnyCharacters_isKeptApartFromAllOthers() {
    List<String> keys =
        List.of(
            "a/b",
            "a%2Fb",
            "a%b",
            "%",
            "a b",
            "a+b",
            "a?b",
            "a#b",
            "a;b=c",
            "ä",
            "a\u0308",
            "日本語",
            "🐘",
            "\"quoted\"",
            "'",
            "\\",
            "..a",
            "a..",
            "a/../b",
            "//",
            "[\"7\",\"42\"]",
            "\t\r\n",
            "\u007f",
            "\u202e",
            "CON",
            "null");
    for (String key : keys) {
      Sidecar.fill(ENTRIES + encoded(key), "value of " + key);
    }
    for (String key : keys) {
      Answer answer = Sidecar.get(ENTRIES + encoded(key)).assertStatus(200);
      assertThat(answer.text()).isEqualTo("value of " + key);
    }
    for (String key : keys) {
      Sidecar.delete(ENTRIES + encoded(key)).assertStatus(204);
      Sidecar.get(ENTRIES + encoded(key)).assertProblem(404, "entry-absent");
    }
  }

  @Test
  void key_thatIsADotSegment_isAKeyHoweverItIsWritten() {
    // RFC 3986, section 6.2.2.2: %2E is the same as a dot. Clients remove dot segments; a server
    // must not go elsewhere for one.
    for (String key : List.of(".", "..")) {
      String escaped = ENTRIES + key.replace(".", "%2E");
      Sidecar.fill(escaped, "dots");
      assertThat(Sidecar.get(escaped).text()).isEqualTo("dots");
      assertThat(Sidecar.rawGet(ENTRIES + key).text()).as(key).isEqualTo("dots");
    }
  }

  @Test
  void key_writtenWithOtherEscapes_isTheSame() {
    Sidecar.fill(ENTRIES + "same-key", "one");
    assertThat(Sidecar.get(ENTRIES + "%73ame%2Dkey").assertStatus(200).text()).isEqualTo("one");
    assertThat(Sidecar.get(ENTRIES + "%73ame%2dkey").assertStatus(200).text()).isEqualTo("one");
  }

  @Test
  void key_ofAsManyBytesAsMayBe_isTaken() {
    Sidecar.fill(ENTRIES + "x".repeat(512), "long");
    assertThat(Sidecar.get(ENTRIES + "x".repeat(512)).text()).isEqualTo("long");
    String emoji = "%F0%9F%90%98".repeat(128);
    Sidecar.fill(ENTRIES + emoji, "elephants");
    assertThat(Sidecar.get(ENTRIES + emoji).text()).isEqualTo("elephants");
  }

  @Test
  void key_withCase_isKeptApart() {
    Sidecar.fill(ENTRIES + "case", "lower");
    Sidecar.get(ENTRIES + "CASE").assertProblem(404, "entry-absent");
  }
}
