/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.FILL;
import static io.sidecache.rest.conformance.Calls.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.app.ConformanceProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.cache.CacheSettings;
import io.sidecache.cache.FillTokens;
import io.sidecache.cache.Freshness;
import io.sidecache.cache.NamedCache;
import io.sidecache.cache.Value;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.GZIPOutputStream;

/** {@code PUT} of an entry. */
final class FillClauses {
  private static final String ROW = "PUT entry";

  private FillClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            ROW,
            "201 new, 204 replaced",
            () -> {
              String path = entry("plain", "new");
              String token = Sidecar.get(path).token();
              Answer created = Sidecar.put(path, "one", FILL, token).assertStatus(201);
              assertThat(created.cacheStatus()).isEqualTo("sidecache; stored");
              Sidecar.put(path, "two", FILL, token).assertStatus(204);
              assertThat(Sidecar.get(path).text()).isEqualTo("two");
            }),
        new Clause(
            ROW,
            "412 fill-refused when the token is overtaken",
            () -> {
              String path = entry("plain", "overtaken");
              String token = Sidecar.get(path).token();
              Sidecar.delete(path).assertStatus(204);
              Sidecar.put(path, "x", FILL, token).assertProblem(412, "fill-refused");
              Sidecar.get(path).assertProblem(404, "entry-absent");
            }),
        new Clause(
            ROW,
            "412 fill-refused when the token is foreign",
            () -> {
              String path = entry("plain", "foreign");
              String other = Sidecar.get(entry("plain", "another")).token();
              String own = Sidecar.get(path).token();
              for (String token :
                  List.of(other, own + "A", own.substring(1), "x", "A".repeat(43))) {
                Sidecar.put(path, "x", FILL, token).assertProblem(412, "fill-refused");
              }
            }),
        new Clause(ROW, "412 fill-refused when the token is expired", FillClauses::expired),
        new Clause(
            ROW,
            "428 without a token",
            () -> Sidecar.put(entry("plain", "a"), "x").assertProblem(428, "fill-token-required")),
        new Clause(
            ROW,
            "without a token where unfenced-fills is true",
            () -> {
              Sidecar.put(entry("unfenced", "a"), "x").assertStatus(201);
              assertThat(Sidecar.get(entry("unfenced", "a")).text()).isEqualTo("x");
            }),
        new Clause(
            ROW,
            "413 over maximum-entry-size",
            () -> {
              String path = entry("orders", "large");
              String token = Sidecar.get(path).token();
              byte[] large = new byte[ConformanceProfile.ORDER_BYTES + 1];
              Sidecar.put(path, large, FILL, token).assertProblem(413, "entry-too-large");
              Sidecar.put(path, new byte[ConformanceProfile.ORDER_BYTES], FILL, token)
                  .assertStatus(201);
            }),
        new Clause(
            ROW,
            "Content-Type is any media type",
            () -> {
              List<String> types =
                  List.of("application/json", "text/plain; charset=utf-16", "x-y/z+w", "odd");
              for (String type : types) {
                String path = entry("unfenced", type);
                Sidecar.put(path, "x", "Content-Type", type).assertStatus(201);
                assertThat(Sidecar.get(path).header("Content-Type")).isEqualTo(type);
              }
            }),
        new Clause(
            ROW,
            "compressed values byte for byte, with their Content-Encoding",
            () -> {
              byte[] packed = gzip("x".repeat(10_000));
              String path = entry("unfenced", "packed");
              Sidecar.put(path, packed, "Content-Encoding", "gzip", "Content-Type", "text/plain")
                  .assertStatus(201);
              for (String accepted : List.of("gzip", "identity", "br;q=1, *;q=0")) {
                Answer answer = Sidecar.get(path, "Accept-Encoding", accepted).assertStatus(200);
                assertThat(answer.body().getBytes()).isEqualTo(packed);
                assertThat(answer.header("Content-Encoding")).isEqualTo("gzip");
              }
              Sidecar.put(
                  entry("unfenced", "unpacked"), "x".repeat(10_000), "Content-Type", "text/plain");
              Answer plain =
                  Sidecar.get(entry("unfenced", "unpacked"), "Accept-Encoding", "gzip, br");
              assertThat(plain.header("Content-Encoding")).isEmpty();
              assertThat(plain.body().length()).isEqualTo(10_000);
            }),
        new Clause(
            ROW,
            "Cache-Control: max-age is this entry's life",
            () -> {
              String path = entry("unfenced", "brief");
              Sidecar.put(path, "x", "Cache-Control", "max-age=1").assertStatus(201);
              Sidecar.put(entry("unfenced", "long"), "x", "Cache-Control", "max-age=3600")
                  .assertStatus(201);
              Sidecar.awaitGet(path, answer -> answer.assertProblem(404, "entry-absent"));
              Answer hit = Sidecar.get(entry("unfenced", "long"));
              assertThat(hit.header("Cache-Status")).matches("sidecache; hit; ttl=3[2-6]\\d\\d");
            }),
        new Clause(
            ROW,
            "Cache-Groups names groups, which evict it",
            () -> {
              String path = entry("unfenced", "grouped");
              Sidecar.put(path, "x", "Cache-Groups", "\"category-7\", \"list\"").assertStatus(201);
              assertThat(Sidecar.get(path).header("Cache-Groups"))
                  .isEqualTo("\"category-7\", \"list\"");
              Calls.database()
                  .execute("select sidecache.invalidate_group('unfenced', 'category-7')");
              Sidecar.awaitGet(path, answer -> answer.assertStatus(404));
            }),
        new Clause(
            ROW,
            "Surrogate-Key, xkey and Cache-Tag are accepted as aliases",
            () -> {
              String path = entry("unfenced", "aliases");
              Sidecar.put(path, "x", "Surrogate-Key", "a b", "xkey", "c, d", "Cache-Tag", "e,f")
                  .assertStatus(201);
              assertThat(Sidecar.get(path).header("Cache-Groups"))
                  .isEqualTo("\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"");
            }),
        new Clause(
            ROW,
            "Sidecache-Snapshot: refused where it does not see a change, else taken",
            FillClauses::snapshot));
  }

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return packed.toByteArray();
  }

  /** The life of a token is too long to wait for: with a clock of our own. */
  private static void expired() {
    AtomicLong nowNanos = new AtomicLong();
    NamedCache cache =
        new NamedCache(
            new CacheSettings(
                "c",
                new CacheSettings.Bound.Size(10),
                Optional.empty(),
                Optional.empty(),
                Duration.ZERO,
                new CacheSettings.OnGap.Bypass(),
                100,
                false),
            Optional.empty(),
            new Freshness(nowNanos::get, Duration.ofSeconds(1)),
            new FillTokens(nowNanos::get, new SecureRandom()),
            nowNanos::get,
            Runnable::run);
    String token = cache.token("k");
    nowNanos.addAndGet(FillTokens.LIFE.toNanos());
    assertThat(cache.fill("k", Value.of(new byte[1], "x/y"), token))
        .isEqualTo(NamedCache.Filled.CREATED);
    nowNanos.addAndGet(1);
    assertThat(cache.fill("k", Value.of(new byte[1], "x/y"), token))
        .isEqualTo(NamedCache.Filled.EXPIRED);
  }

  private static String snapshotOf(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select pg_current_snapshot()::text")) {
      row.next();
      return row.getString(1);
    }
  }

  private static String tokenAfterAll(String path) {
    return Sidecar.get(path, "Sidecache-After", Calls.position()).assertStatus(404).token();
  }

  private static void snapshot() throws Exception {
    String path = entry("plain", "snapshot");
    try (Connection reader = Calls.database().dataSource().getConnection()) {
      reader.setAutoCommit(false);
      reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      String before = snapshotOf(reader);
      Calls.database().execute("select sidecache.invalidate('plain', 'snapshot')");
      Sidecar.put(path, "old", FILL, tokenAfterAll(path), "Sidecache-Snapshot", before)
          .assertProblem(412, "fill-refused");
      reader.rollback();
    }
    await()
        .atMost(Sidecar.LIMIT)
        .untilAsserted(
            () -> {
              String now = Calls.database().query("select pg_current_snapshot()::text");
              Sidecar.put(path, "new", FILL, tokenAfterAll(path), "Sidecache-Snapshot", now)
                  .assertStatus(201);
            });
    String token = Sidecar.get(path, "Cache-Control", "no-cache").token();
    Sidecar.put(path, "x", FILL, token, "Sidecache-Snapshot", "canary")
        .assertProblem(400, "invalid-request");
  }
}
