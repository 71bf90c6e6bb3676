/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.testing.FaultProxy;
import io.sidecache.testing.SidecacheSchema;
import io.sidecache.testing.TestPostgres;
import io.sidecache.testing.WebhookReceiver;
import io.sidecache.testing.WebhookReceiver.Reply;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What peers of the shipped application are told by replicas, and around its end. */
final class PeersOfPackagedIT {
  private static final Pattern EVENT =
      Pattern.compile(
          "\"id\":\"([^\"]+)\",\"source\":\"([^\"]+)\",\"type\":\"io.sidecache.invalidated\""
              + ",\"subject\":\"([^\"]+)\"");

  private final TestPostgres.Database database = TestPostgres.shared().createDatabase("peers");
  private volatile Reply reply = WebhookReceiver.status(204);

  /** One event as a receiver tells it from others, and the message that it came in. */
  private record Told(String id, String source, String subject, String message) {}

  @BeforeEach
  void install() {
    SidecacheSchema.install(database);
    database.execute(
        """
        create table item (id int primary key, v bigint not null);
        insert into item select k, 1 from generate_series(1, 100) k;
        select sidecache.attach('item', 'items', groups => '{"all"}');
        """);
  }

  private RunningSidecar start(
      String instance, WebhookReceiver receiver, int postgres, String linger) {
    Map<String, String> settings = new HashMap<>();
    settings.put("quarkus.datasource.jdbc.url", database.urlThrough(postgres));
    settings.put("quarkus.datasource.username", TestPostgres.Database.USER);
    settings.put("sidecache.instance", instance);
    settings.put("sidecache.shutdown-drain", "2s");
    settings.put("sidecache.listener.reconnect-initial", "20ms");
    settings.put("sidecache.listener.reconnect-max", "200ms");
    settings.put("sidecache.caches.items.maximum-size", "1000");
    settings.put("sidecache.webhooks.search.url", receiver.url().toString());
    settings.put("sidecache.webhooks.search.secret", RelayAndLeaf.OLD);
    settings.put("sidecache.webhooks.search.linger", linger);
    RunningSidecar sidecar = RunningSidecar.start(RunningSidecar.freePort(), settings);
    await()
        .atMost(RunningSidecar.LIMIT)
        .until(() -> sidecar.peer("search").getInteger("resets") == 1);
    return sidecar;
  }

  private void change(int key) {
    database.execute("update item set v = v + 1 where id = " + key);
  }

  private static List<Told> told(WebhookReceiver receiver) {
    return receiver.requests().stream()
        .flatMap(
            request ->
                EVENT
                    .matcher(request.body())
                    .results()
                    .map(
                        r ->
                            new Told(
                                r.group(1), r.group(2), r.group(3), request.header("webhook-id"))))
        .toList();
  }

  private static Set<String> ids(WebhookReceiver receiver, String instance) {
    return told(receiver).stream()
        .filter(told -> told.source().endsWith(":" + instance))
        .map(told -> told.id() + " " + told.subject())
        .collect(Collectors.toSet());
  }

  private static long resets(WebhookReceiver receiver) {
    return receiver.requests().stream()
        .filter(request -> request.body().contains("\"io.sidecache.reset\""))
        .map(request -> request.header("webhook-id"))
        .distinct()
        .count();
  }

  @Test
  void twoSidecars_onePeer_giveEachChangeOneId_alsoWhereOneCatchesUp() throws Exception {
    try (WebhookReceiver receiver = WebhookReceiver.start(request -> reply);
        FaultProxy proxy = FaultProxy.to(database.port());
        RunningSidecar live = start("live", receiver, database.port(), "10ms");
        RunningSidecar away = start("away", receiver, proxy.port(), "10ms")) {
      database.execute("select sidecache.invalidate('items', '42')");
      await().atMost(RunningSidecar.LIMIT).until(() -> told(receiver).size() == 2);
      assertThat(told(receiver)).extracting(Told::id).containsOnly(told(receiver).getFirst().id());
      assertThat(told(receiver))
          .as("the same batch to the same peer")
          .extracting(Told::message)
          .containsOnly(told(receiver).getFirst().message());

      proxy.setMode(FaultProxy.Mode.RESET);
      await()
          .atMost(RunningSidecar.LIMIT)
          .until(() -> away.log().contains("the connection to PostgreSQL was lost"));
      change(1);
      database.execute("select sidecache.invalidate('items', '2', '3')");
      database.execute("select sidecache.invalidate_group('items', 'one')");
      database.execute("select sidecache.invalidate_all('items')");
      await().atMost(RunningSidecar.LIMIT).until(() -> ids(receiver, "live").size() == 7);
      proxy.setMode(FaultProxy.Mode.PASS);

      await().atMost(RunningSidecar.LIMIT).until(() -> ids(receiver, "away").size() >= 7);
      assertThat(ids(receiver, "away")).isEqualTo(ids(receiver, "live"));
      assertThat(resets(receiver)).isEqualTo(2);
      assertThat(live.peer("search").getInteger("resets")).isEqualTo(1);
    }
  }

  @Test
  void terminated_whatWaitsIsDelivered_andStreamsEndWithAnEvent() throws Exception {
    try (WebhookReceiver receiver = WebhookReceiver.start(request -> reply);
        RunningSidecar sidecar = start("one", receiver, database.port(), "60s");
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      HttpResponse<InputStream> stream =
          client.send(
              HttpRequest.newBuilder(sidecar.uri("/v1/events")).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      change(1);
      change(2);
      await()
          .atMost(RunningSidecar.LIMIT)
          .until(() -> sidecar.peer("search").getInteger("queued") == 4);
      assertThat(told(receiver)).isEmpty();

      sidecar.signal("TERM");
      sidecar.awaitEnd();

      assertThat(told(receiver).stream().map(Told::subject))
          .contains("caches/items/entries/1", "caches/items/entries/2")
          .hasSize(4);
      assertThat(new String(stream.body().readAllBytes(), StandardCharsets.UTF_8))
          .containsPattern("event: gap-opened\ndata: \\{[^}]+}\n\n: the sidecar stops\n\n$");
      assertThat(sidecar.log()).doesNotContain("not delivered");
    }
  }

  @Test
  void terminated_whileThePeerHangs_endsInTimeAndAccounts_andTheNextStartResets() throws Exception {
    try (WebhookReceiver receiver = WebhookReceiver.start(request -> reply)) {
      try (RunningSidecar sidecar = start("one", receiver, database.port(), "10ms")) {
        reply = new Reply.Hang();
        change(1);
        await().atMost(RunningSidecar.LIMIT).until(() -> receiver.requests().size() == 2);
        change(2);
        await()
            .atMost(RunningSidecar.LIMIT)
            .until(() -> sidecar.peer("search").getInteger("queued") >= 2);

        sidecar.signal("TERM");
        sidecar.awaitEnd();

        assertThat(sidecar.log())
            .containsPattern(
                "peer search: 4 evictions were not delivered before the end;"
                    + " the reset at the next start covers them");
      }
      reply = WebhookReceiver.status(204);
      int before = receiver.requests().size();
      try (RunningSidecar again = start("one", receiver, database.port(), "10ms")) {
        change(3);
        await()
            .atMost(RunningSidecar.LIMIT)
            .until(() -> again.peer("search").getInteger("delivered") == 2);
        List<WebhookReceiver.Request> since =
            receiver.requests().subList(before, receiver.requests().size());
        assertThat(since.getFirst().body()).contains("\"io.sidecache.reset\"");
        assertThat(resets(receiver)).isEqualTo(2);
      }
    }
  }
}
