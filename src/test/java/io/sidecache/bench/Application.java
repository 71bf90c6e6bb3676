/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sidecache.testing.TestPostgres.Database;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * The settings that the packaged application gets here, and the few requests that prepare it: a
 * read-through cache {@code products} and a look-aside cache {@code bench} with one entry.
 */
final class Application {
  static final String ENTRY = "/v1/caches/bench/entries/4711";
  static final String ROW = "/v1/caches/products/entries/42";

  /** What is stored under {@link #ENTRY}. */
  static final String BODY = "0123456789".repeat(10);

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final int port;
  private final int managementPort;

  Application() throws IOException {
    this.port = ChildJvm.freePort();
    this.managementPort = ChildJvm.freePort();
  }

  /** The table behind {@link #ROW}. */
  static void createTable(Database database) {
    database.execute(
        """
        create table if not exists products (id bigint primary key, name text);
        insert into products values (42, 'Screws, 4 x 40, 200 pieces') on conflict do nothing;
        """);
  }

  int port() {
    return port;
  }

  List<String> systemProperties(Database database) {
    return List.of(
        "-Dquarkus.http.port=" + port,
        "-Dquarkus.management.port=" + managementPort,
        "-Dquarkus.management.host=127.0.0.1",
        "-Dquarkus.datasource.jdbc.url=" + database.url(),
        "-Dquarkus.datasource.username=" + Database.USER,
        "-Dsidecache.channels.products_changed.cache=products",
        "-Dsidecache.channels.products_changed.format=key",
        "-Dsidecache.caches.products.maximum-size=1000",
        "-Dsidecache.caches.products.load=select to_jsonb(p) from products p where p.id ="
            + " ?::bigint",
        "-Dsidecache.caches.bench.maximum-size=1000",
        "-Dsidecache.caches.bench.unfenced-fills=true");
  }

  /** Waits until the answer is 200, asking every few milliseconds; gives the time it came. */
  long awaitReady() throws InterruptedException {
    return awaitOk("http://127.0.0.1:" + managementPort + "/q/health/ready");
  }

  /** Waits for the first row that is read through. */
  long awaitRow() throws InterruptedException {
    return awaitOk("http://127.0.0.1:" + port + ROW);
  }

  private long awaitOk(String url) throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).timeout(PATIENCE).build();
    long startNanos = System.nanoTime();
    String last = "";
    while (System.nanoTime() - startNanos < PATIENCE.toNanos()) {
      try {
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
          return System.nanoTime();
        }
        last = answer.statusCode() + " " + answer.body();
      } catch (IOException e) {
        last = String.valueOf(e); // not listening yet
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    throw new IllegalStateException("no 200 from " + url + " in time; the last: " + last);
  }

  /** Stores the entry that the benchmark reads. */
  void fill() throws IOException, InterruptedException {
    HttpRequest put =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + ENTRY))
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString(BODY))
            .build();
    int status = client.send(put, BodyHandlers.discarding()).statusCode();
    if (status != 201 && status != 204) {
      throw new IllegalStateException("the entry was not stored: " + status);
    }
  }

  /** Whether the entry comes from memory. */
  HttpResponse<byte[]> get(int fromPort) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + fromPort + ENTRY)).build(),
        BodyHandlers.ofByteArray());
  }

  /** The meters whose names begin with one of these, a line each. */
  String meters(List<String> prefixes) throws IOException, InterruptedException {
    HttpRequest scrape =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + "/q/metrics"))
            .build();
    return client
        .send(scrape, BodyHandlers.ofLines())
        .body()
        .filter(line -> prefixes.stream().anyMatch(line::startsWith))
        .collect(Collectors.joining("\n"));
  }

  /** How many evictions wait for the one of these peers for which the fewest do. */
  int queued(List<String> peers) throws IOException, InterruptedException {
    HttpRequest question =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/webhooks")).build();
    JsonNode all = JSON.readTree(client.send(question, BodyHandlers.ofByteArray()).body());
    return StreamSupport.stream(all.path("webhooks").spliterator(), false)
        .filter(peer -> peers.contains(peer.path("name").asText()))
        .mapToInt(peer -> peer.path("queued").asInt())
        .min()
        .orElseThrow();
  }
}
