/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.ArticleDatabase;
import io.sidecache.app.ArticleProfile;
import io.sidecache.app.LogCapture;
import io.sidecache.app.Sidecar;
import io.sidecache.testing.TestPostgres;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Channels with whatever names, formats and caches; and payloads that cannot be read. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class ChannelsTest {
  private static final String SHOUTED = "/v1/caches/shouted/entries/";
  private static final String ORDERS = "/v1/caches/orders/entries/";

  private final TestPostgres.Database database = ArticleDatabase.database();

  @BeforeEach
  void ready() {
    Sidecar.awaitFresh();
  }

  private void notify(String channel, String payload) {
    database.query("select pg_notify($q$" + channel + "$q$, $q$" + payload + "$q$)::text");
  }

  private static void awaitAbsent(String path) {
    Sidecar.awaitGet(path, answer -> answer.assertProblem(404, "entry-absent"));
  }

  @Test
  void channel_withCapitalsAndDots_feedsItsCache() {
    Sidecar.fill(SHOUTED + "one", "x");
    Sidecar.fill(SHOUTED + "other", "x");
    notify("Loud.Channel", "one");
    awaitAbsent(SHOUTED + "one");
    Sidecar.get(SHOUTED + "other").assertStatus(200);
  }

  @Test
  void channel_ofAnotherCase_isAnotherChannel() {
    Sidecar.fill(SHOUTED + "case-1", "x");
    Sidecar.fill(SHOUTED + "case-2", "x");
    notify("loud.channel", "case-1");
    notify("Loud.Channel", "case-2");
    awaitAbsent(SHOUTED + "case-2");
    Sidecar.get(SHOUTED + "case-1").assertStatus(200);
  }

  @Test
  void channel_ofTheLongestName_feedsItsCache() {
    assertThat(ArticleProfile.LONGEST_CHANNEL.getBytes(StandardCharsets.UTF_8)).hasSize(63);
    Sidecar.fill(SHOUTED + "long", "x");
    notify(ArticleProfile.LONGEST_CHANNEL, "long");
    awaitAbsent(SHOUTED + "long");
  }

  @Test
  void channels_twoForOneCache_bothFeedIt() {
    Sidecar.fill(SHOUTED + "two", "x");
    notify("Loud.Channel", "two");
    awaitAbsent(SHOUTED + "two");
    Sidecar.fill(SHOUTED + "two", "y");
    notify(ArticleProfile.LONGEST_CHANNEL, "two");
    awaitAbsent(SHOUTED + "two");
  }

  @Test
  void channel_withQuotes_feedsBothItsCaches() {
    Sidecar.fill("/v1/caches/odd/entries/7", "x");
    Sidecar.fill("/v1/caches/even/entries/7", "x");
    Sidecar.fill("/v1/caches/even/entries/8", "x");
    notify(ArticleProfile.ODD_CHANNEL, "7");
    awaitAbsent("/v1/caches/odd/entries/7");
    awaitAbsent("/v1/caches/even/entries/7");
    Sidecar.get("/v1/caches/even/entries/8").assertStatus(200);
  }

  @Test
  void channels_all_areToldByLiveness() {
    String live = Sidecar.management("/health/live").text();
    assertThat(live)
        .contains("Loud.Channel", "new_product_channel", ArticleProfile.LONGEST_CHANNEL);
  }

  @Test
  void payload_json_evictsTheKeyItPointsTo() {
    String one = ORDERS + "%5B%227%22%2C%223%22%5D";
    String other = ORDERS + "%5B%228%22%2C%223%22%5D";
    Sidecar.fill(one, "x");
    Sidecar.fill(other, "x");
    database.execute("delete from orders where tenant = 7 and id = 3");
    awaitAbsent(one);
    Sidecar.get(other).assertStatus(200);
  }

  @Test
  void payload_unreadable_emptiesItsCacheAloneAndIsCountedAndNotShown() {
    for (String payload :
        List.of("canary-payload", "{\"tenant\":7}", "{\"tenant\":7,\"id\":null}", "", "[]")) {
      Sidecar.fill(ORDERS + "kept-1", "x");
      Sidecar.fill(ORDERS + "kept-2", "x");
      Sidecar.fill(SHOUTED + "untouched", "x");
      double before = rejected();
      try (LogCapture log = LogCapture.start()) {
        notify("orders_changed", payload);

        awaitAbsent(ORDERS + "kept-1");
        awaitAbsent(ORDERS + "kept-2");
        Sidecar.get(SHOUTED + "untouched").assertStatus(200);
        await().atMost(Sidecar.LIMIT).until(() -> rejected() == before + 1);
        assertThat(String.join("\n", log.lines())).doesNotContain("canary");
      }
      Sidecar.delete(SHOUTED + "untouched?scope=local").assertStatus(204);
    }
  }

  private static double rejected() {
    String start = "sidecache_cache_evictions_total{cache=\"orders\",cause=\"rejected-payload\"}";
    return Sidecar.management("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith(start))
        .mapToDouble(line -> Double.parseDouble(line.substring(start.length())))
        .findFirst()
        .orElseThrow();
  }
}
