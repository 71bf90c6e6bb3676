/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.testing.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The article's loop in short, against what is shipped: the jar, or the native image. */
@QuarkusIntegrationTest
@TestProfile(PackagedProfile.class)
final class PackagedIT {
  private static final String PRODUCTS = "/v1/caches/products/entries/";
  private static final String ORDER = "/v1/caches/orders/entries/%5B%227%22%2C%221%22%5D";

  private static final Pattern MANAGEMENT =
      Pattern.compile("Management interface listening on (http://127\\.0\\.0\\.1:\\d+)");

  private final TestPostgres.Database database = ArticleDatabase.database();

  @BeforeEach
  void ready() throws IOException {
    // Quarkus tells its integration tests the port of the API alone; the log has the other.
    Matcher management =
        MANAGEMENT.matcher(Files.readString(Artefact.built().directory().resolve("quarkus.log")));
    assertThat(management.find()).isTrue();
    System.setProperty("test.management.url", management.group(1) + "/q");
    Sidecar.awaitFresh();
  }

  @Test
  void readThrough_rowChanges_isSeen() {
    assertThat(Sidecar.get(PRODUCTS + "1").assertStatus(200).cacheStatus())
        .isEqualTo("sidecache; fwd=uri-miss; stored");
    assertThat(Sidecar.get(PRODUCTS + "1").cacheStatus()).isEqualTo("sidecache; hit");

    database.execute("update products set name = 'changed' where id = 1");

    Sidecar.awaitGet(
        PRODUCTS + "1", answer -> assertThat(answer.json().getString("name")).isEqualTo("changed"));
    Sidecar.get(PRODUCTS + "1001").assertProblem(404, "row-absent");
    database.execute("insert into products values (1001, 'new', 1)");
    Sidecar.awaitGet(PRODUCTS + "1001", answer -> answer.assertStatus(200));
    database.execute("delete from products where id = 1001");
    Sidecar.awaitGet(PRODUCTS + "1001", answer -> answer.assertProblem(404, "row-absent"));
  }

  @Test
  void migrate_on_schemaIsInstalledAndFeedsCaches() {
    assertThat(
            database.query(
                "select count(*) from sidecache.flyway_schema_history"
                    + " where version = '1' and success"))
        .isEqualTo("1");
    Sidecar.fill(ORDER.replace("1%22%5D", "9%22%5D"), "unpaid");
    database.query("select sidecache.invalidate('orders', '[\"7\",\"9\"]')::text");
    Sidecar.awaitGet(
        ORDER.replace("1%22%5D", "9%22%5D"), answer -> answer.assertProblem(404, "entry-absent"));
  }

  @Test
  void lookAside_rowChanges_endsEntryAndToken() {
    Sidecar.fill(ORDER, "unpaid", "Content-Type", "text/plain");
    String token = Sidecar.get(ORDER, "Cache-Control", "no-cache").token();
    assertThat(Sidecar.get(ORDER).assertStatus(200).text()).isEqualTo("unpaid");

    database.execute("update orders set note = 'paid' where id = 1");

    Sidecar.awaitGet(ORDER, answer -> answer.assertProblem(404, "entry-absent"));
    Sidecar.put(ORDER, "unpaid", "Sidecache-Fill", token).assertProblem(412, "fill-refused");
    Sidecar.fill(ORDER, "paid");
    Sidecar.delete(ORDER).assertStatus(204);
    Sidecar.get(ORDER).assertProblem(404, "entry-absent");
  }

  @Test
  void page_andItsChartLibrary_areInTheArtefact() {
    assertThat(Sidecar.get("/").assertStatus(200).text()).contains("<title>Sidecache</title>");
    for (String script : List.of("sidecache", "api", "charts", "entry", "evictions", "uplot")) {
      assertThat(Sidecar.get("/" + script + ".js").assertStatus(200).header("Content-Type"))
          .isEqualTo("text/javascript; charset=utf-8");
    }
    assertThat(Sidecar.get("/uplot.js").text()).contains("var uPlot=");
    for (String style : List.of("sidecache", "uplot")) {
      assertThat(Sidecar.get("/" + style + ".css").assertStatus(200).header("Content-Type"))
          .isEqualTo("text/css; charset=utf-8");
    }
    Sidecar.get("/webjars/uplot/").assertProblem(404, "not-found");
  }

  @Test
  void badInput_isAnsweredWithAProblem() {
    Sidecar.rawGet(PRODUCTS + "%zz").assertProblem(400, "invalid-key");
    Sidecar.rawGet("/%zz").assertProblem(400, "invalid-request");
    Sidecar.get(PRODUCTS + "042").assertProblem(400, "invalid-key");
    Sidecar.get("/v1/caches/nobodys/entries/1").assertProblem(404, "unknown-cache");
    Sidecar.get("/nothing").assertProblem(404, "not-found");
    Answer method = Sidecar.delete("/v1/caches").assertProblem(405, "method-not-allowed");
    assertThat(method.header("Allow")).isEqualTo("GET, HEAD");
  }

  @Test
  void management_healthAndMetrics_areThere() {
    for (String kind : new String[] {"live", "ready", "started"}) {
      assertThat(Sidecar.health(kind).getString("status")).as(kind).isEqualTo("UP");
    }
    assertThat(Sidecar.management("/metrics").assertStatus(200).text())
        .contains("\nsidecache_source_fresh 1.0", "cache=\"products\",result=\"hit\"");
  }
}
