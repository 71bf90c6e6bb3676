/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.FaultProxy.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys, values, payloads, tokens and passwords go nowhere but to whom they are meant for. */
@QuarkusTest
@TestProfile(GapProfile.class)
final class CanaryTest {
  private static final String PLAIN = "/v1/caches/plain/entries/";
  private static final String QUOTING = "/v1/caches/quoting/entries/";
  private static final String KEY = "canary-key";

  private static final Logger OURS = Logger.getLogger("io.sidecache");

  private final List<String> tokens = new ArrayList<>();

  @BeforeEach
  void whole() {
    ArticleDatabase.listenerProxy().setMode(Mode.PASS);
    ArticleDatabase.poolProxy().setMode(Mode.PASS);
    Sidecar.awaitFresh();
  }

  @AfterEach
  void heal() {
    OURS.setLevel(Level.INFO);
    whole();
  }

  @Test
  void canaries_throughReadsFillsFailuresAndGaps_areNowhereToBeSeen() {
    List<String> shown = new ArrayList<>();
    try (LogCapture log = LogCapture.start()) {
      OURS.setLevel(Level.ALL);
      readAndFill();
      fail();
      shown.addAll(pages());
      gap();
      shown.addAll(pages());
      ArticleDatabase.poolProxy().setMode(Mode.PASS);
      ArticleDatabase.listenerProxy().setMode(Mode.PASS);
      Sidecar.awaitFresh();
      shown.addAll(pages());
      // The capture works, and there was something to tell.
      assertThat(log.lines()).anyMatch(line -> line.contains("connection to PostgreSQL was lost"));
      shown.addAll(log.lines());
    }
    assertThat(tokens).hasSizeGreaterThan(2).doesNotHaveDuplicates();
    assertThat(shown).hasSizeGreaterThan(15);
    for (String text : shown) {
      assertThat(text).doesNotContain("canary").doesNotContain(tokens);
    }
  }

  private void readAndFill() {
    String token = token(Sidecar.get(PLAIN + KEY));
    Sidecar.put(PLAIN + KEY, "canary-value", "Sidecache-Fill", token, "Content-Type", "text/canary")
        .assertStatus(201);
    assertThat(Sidecar.get(PLAIN + KEY).text()).isEqualTo("canary-value");
    token(Sidecar.get(PLAIN + KEY, "Cache-Control", "no-cache"));
    Sidecar.delete(PLAIN + KEY).assertStatus(204);
    Sidecar.put(PLAIN + KEY, "canary-value", "Sidecache-Fill", token).assertStatus(412);
    ArticleDatabase.database().query("select pg_notify('stale_products', 'canary-payload')::text");
    ArticleDatabase.database().query("select pg_notify('orders_changed', 'canary-payload')::text");
    ArticleDatabase.database()
        .query("select pg_notify('sidecache_invalidation', 'canary-payload')::text");
    ArticleDatabase.database()
        .query("select pg_notify('sidecache_heartbeat', 'canary-payload')::text");
  }

  private static void fail() {
    Sidecar.get(QUOTING + KEY).assertProblem(503, "load-failed");
    Sidecar.get("/v1/caches/products/entries/" + KEY).assertProblem(400, "invalid-key");
    Sidecar.put(PLAIN + KEY, "canary-value").assertStatus(428);
    Sidecar.put(PLAIN + KEY, "canary-value", "Sidecache-Fill", "canary-token").assertStatus(412);
    Sidecar.get("/v1/caches/canary/entries/" + KEY).assertProblem(404, "unknown-cache");
    Sidecar.get("/canary/" + KEY + "?canary=canary").assertProblem(404, "not-found");
    Sidecar.rawGet(PLAIN + KEY + "%zz").assertProblem(400, "invalid-key");
    Sidecar.rawGet("/canary/%zz?%zz").assertProblem(400, "invalid-request");
    Sidecar.parse(
            Sidecar.raw(
                "DELETE "
                    + PLAIN
                    + KEY
                    + "?scope=%zz HTTP/1.1\r\nHost: canary\r\nConnection: close\r\n\r\n"))
        .assertProblem(400, "invalid-request");
    Sidecar.raw("GET " + PLAIN + KEY + " HTTP/9.9 canary\r\nHost: canary\r\n\r\n");
  }

  private void gap() {
    ArticleDatabase.listenerProxy().setMode(Mode.RESET);
    ArticleDatabase.poolProxy().setMode(Mode.RESET);
    Answer miss =
        Sidecar.awaitGet(PLAIN + KEY, answer -> assertThat(answer.cacheStatus()).contains("gap"));
    token(miss.assertProblem(404, "entry-absent"));
    Sidecar.delete(PLAIN + KEY).assertProblem(503, "source-unavailable");
    Sidecar.get(QUOTING + KEY).assertProblem(503, "load-failed");
  }

  private String token(Answer miss) {
    tokens.add(miss.token());
    return miss.token();
  }

  private static List<String> pages() {
    return List.of(
        Sidecar.management("/metrics").assertStatus(200).text(),
        Sidecar.management("/health").text(),
        Sidecar.management("/health/live").text(),
        Sidecar.management("/health/ready").text(),
        Sidecar.management("/health/started").text(),
        Sidecar.get("/v1/caches").assertStatus(200).text());
  }
}
