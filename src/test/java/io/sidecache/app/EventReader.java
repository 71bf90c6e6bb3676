/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** One who reads the live stream, as a browser would. */
public final class EventReader implements Flow.Subscriber<String>, AutoCloseable {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final List<String> lines = new ArrayList<>();
  private final List<Event> events = new ArrayList<>();
  private String id = "";
  private String name = "";
  private String data = "";
  private Flow.@Nullable Subscription subscription;
  private boolean ended;

  /** One event as it was read. */
  public record Event(String id, String name, JsonObject data) {}

  /** Begins to read; {@code fields} are names and values in turn. */
  public static EventReader open(String query, String... fields) {
    EventReader reader = new EventReader();
    HttpRequest.Builder request = HttpRequest.newBuilder(Sidecar.uri("/v1/events" + query));
    if (fields.length > 0) {
      request.headers(fields);
    }
    CompletionStage<HttpResponse<Void>> answer =
        CLIENT.sendAsync(
            request.build(),
            info -> {
              assertThat(info.statusCode()).isEqualTo(200);
              return HttpResponse.BodySubscribers.fromLineSubscriber(reader);
            });
    answer.whenComplete((done, failure) -> reader.onComplete());
    return reader;
  }

  /** Waits until the first bytes have come. */
  public EventReader ready() {
    await().atMost(Sidecar.LIMIT).until(() -> !id().isEmpty());
    return this;
  }

  @Override
  public synchronized void onSubscribe(Flow.Subscription given) {
    subscription = given;
    given.request(Long.MAX_VALUE);
  }

  @Override
  public synchronized void onNext(String line) {
    lines.add(line);
    if (line.startsWith("id: ")) {
      id = line.substring(4);
    } else if (line.startsWith("event: ")) {
      name = line.substring(7);
    } else if (line.startsWith("data: ")) {
      data = line.substring(6);
    } else if (line.isEmpty() && !data.isEmpty()) {
      events.add(new Event(id, name, new JsonObject(data)));
      name = "";
      data = "";
    }
  }

  @Override
  public void onError(Throwable failure) {
    onComplete();
  }

  @Override
  public synchronized void onComplete() {
    ended = true;
  }

  public synchronized List<Event> events() {
    return List.copyOf(events);
  }

  public synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  public synchronized String id() {
    return id;
  }

  public synchronized boolean isEnded() {
    return ended;
  }

  /** The events' names, in order. */
  public List<String> names() {
    return events().stream().map(Event::name).toList();
  }

  /** The evicted keys, in order. */
  public List<String> keys() {
    return events().stream()
        .filter(event -> event.data().containsKey("key"))
        .map(event -> event.data().getString("key"))
        .toList();
  }

  /** Waits for an event about a key, and gives its data. */
  public JsonObject awaitKey(String key) {
    await().atMost(Sidecar.LIMIT).until(() -> keys().contains(key));
    return events().stream()
        .map(Event::data)
        .filter(event -> key.equals(event.getString("key")))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public synchronized void close() {
    if (subscription != null) {
      subscription.cancel();
    }
  }
}
