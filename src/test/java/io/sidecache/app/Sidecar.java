/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sidecache.openapi.AnswerCheck;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * The application under test, as its clients see it. Paths are sent as they are written. Every
 * answer must be one that the committed description of the interface knows.
 */
public final class Sidecar {
  /** How long anything may take that a test waits for; far longer than it should. */
  public static final Duration LIMIT = Duration.ofSeconds(30);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final Pattern CONTENT_LENGTH = Pattern.compile("(?im)^content-length: (\\d+)");
  private static final int HEALTH_DOWN = 503;

  private Sidecar() {}

  /** An answer with its body read. */
  public record Answer(int status, HttpHeaders headers, Buffer body) {
    private static Answer of(HttpResponse<byte[]> response) {
      return new Answer(response.statusCode(), response.headers(), Buffer.buffer(response.body()));
    }

    public String text() {
      return body.toString(StandardCharsets.UTF_8);
    }

    public JsonObject json() {
      return new JsonObject(text());
    }

    /** The only value of a field, or nothing. */
    public String header(String name) {
      assertThat(headers.allValues(name)).as(name).hasSizeLessThan(2);
      return headers.firstValue(name).orElse("");
    }

    /** Without the ttl of what has not ended, which the clock decides. */
    public String cacheStatus() {
      return header("Cache-Status").replaceAll("; ttl=\\d+", "");
    }

    public String token() {
      assertThat(header("Sidecache-Fill")).as("fill token of %s", this).isNotEmpty();
      return header("Sidecache-Fill");
    }

    public Answer assertStatus(int wanted) {
      assertThat(status).as("status of %s", this).isEqualTo(wanted);
      return this;
    }

    /** A problem by RFC 9457 that tells nothing it should not. */
    public Answer assertProblem(int wanted, String name) {
      assertStatus(wanted);
      assertThat(header("Content-Type")).isEqualTo("application/problem+json");
      JsonObject problem = json();
      assertThat(problem.getString("type")).isEqualTo("urn:sidecache:" + name);
      assertThat(problem.getInteger("status")).isEqualTo(wanted);
      assertThat(problem.getString("title")).isNotBlank();
      assertThat(problem.getString("detail")).isNotBlank();
      assertThat(toString().toLowerCase(Locale.ROOT))
          .doesNotContain("select ", "canary", "postgres:", "jdbc:", "exception", "\tat ");
      return this;
    }

    @Override
    public String toString() {
      return status + " " + headers.map() + " " + text();
    }
  }

  public static Answer get(String path, String... fields) {
    return send("GET", path, BodyPublishers.noBody(), fields);
  }

  public static Answer head(String path, String... fields) {
    return send("HEAD", path, BodyPublishers.noBody(), fields);
  }

  public static Answer delete(String path) {
    return send("DELETE", path, BodyPublishers.noBody());
  }

  public static Answer put(String path, String body, String... fields) {
    return put(path, body.getBytes(StandardCharsets.UTF_8), fields);
  }

  public static Answer put(String path, byte[] body, String... fields) {
    return send("PUT", path, BodyPublishers.ofByteArray(body), fields);
  }

  /** Takes a token with a GET, which must miss, and fills with it. */
  public static Answer fill(String path, String body, String... fields) {
    String token = get(path).assertStatus(404).token();
    String[] all = Arrays.copyOf(fields, fields.length + 2);
    all[fields.length] = "Sidecache-Fill";
    all[fields.length + 1] = token;
    return put(path, body, all).assertStatus(201);
  }

  /** Sends a request and waits for its answer; {@code fields} are names and values in turn. */
  public static Answer send(String method, String path, BodyPublisher body, String... fields) {
    return described(
        method, path, join(CLIENT.sendAsync(request(method, path, body, fields), ofBytes())));
  }

  /** Sends a GET. */
  public static CompletableFuture<Answer> getAsync(String path, String... fields) {
    return CLIENT
        .sendAsync(request("GET", path, BodyPublishers.noBody(), fields), ofBytes())
        .thenApply(response -> described("GET", path, Answer.of(response)));
  }

  private static Answer described(String method, String path, Answer answer) {
    AnswerCheck.check(method, path, answer.status(), answer.headers(), answer.text());
    return answer;
  }

  /** A GET of the management interface. */
  public static Answer management(String path) {
    return management("GET", path);
  }

  public static Answer management(String method, String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(managementUri(path)).timeout(LIMIT);
    return join(
        CLIENT.sendAsync(
            request.method(method, HttpRequest.BodyPublishers.noBody()).build(), ofBytes()));
  }

  private static Answer join(CompletableFuture<HttpResponse<byte[]>> response) {
    return Answer.of(response.join());
  }

  private static HttpResponse.BodyHandler<byte[]> ofBytes() {
    return HttpResponse.BodyHandlers.ofByteArray();
  }

  private static HttpRequest request(
      String method, String path, BodyPublisher body, String... fields) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path)).timeout(LIMIT).method(method, body);
    if (fields.length > 0) {
      request.headers(fields);
    }
    return request.build();
  }

  /**
   * Sends octets as they are, one for each character, on a connection of their own, and then reads
   * one answer.
   */
  public static String raw(String request) {
    return raw(request, Sidecar::isWhole);
  }

  /** As {@link #raw(String)}, but reads until the server closes the connection. */
  public static String rawUntilClosed(String request) {
    return raw(request, answer -> false);
  }

  /** As {@link #raw(String)}, but reads until it has read what is wanted. */
  public static String rawUntil(String request, Predicate<String> read) {
    return raw(request, read);
  }

  /** Does something while so many connections have each sent the beginning of a request. */
  public static void withUnfinished(String beginning, int connections, Runnable meanwhile) {
    URI base = URI.create(base());
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < connections; i++) {
        Socket socket = new Socket(base.getHost(), base.getPort());
        sockets.add(socket);
        socket.getOutputStream().write(beginning.getBytes(StandardCharsets.ISO_8859_1));
      }
      meanwhile.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      for (Socket socket : sockets) {
        try {
          socket.close();
        } catch (IOException ignored) {
          // it is gone, which is what was wanted
        }
      }
    }
  }

  /** Waits until a POST without a signature is answered as wanted, and tells that answer. */
  public static Answer awaitPost(String path, String mediaType, Consumer<Answer> wanted) {
    Answer[] last = new Answer[1];
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              Answer answer =
                  send("POST", path, BodyPublishers.ofString("[]"), "Content-Type", mediaType);
              wanted.accept(answer);
              last[0] = answer;
            });
    return last[0];
  }

  private static String raw(String request, Predicate<String> read) {
    URI base = URI.create(base());
    try (Socket socket = new Socket(base.getHost(), base.getPort())) {
      socket.setSoTimeout(Math.toIntExact(LIMIT.toMillis()));
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      InputStream in = socket.getInputStream();
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      while (!read.test(answer.toString(StandardCharsets.UTF_8))) {
        int octet = in.read();
        if (octet < 0) {
          break;
        }
        answer.write(octet);
      }
      return answer.toString(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isWhole(String answer) {
    int blank = answer.indexOf("\r\n\r\n");
    Matcher length = CONTENT_LENGTH.matcher(answer);
    return blank >= 0
        && length.find()
        && answer.length() - blank - 4 >= Integer.parseInt(length.group(1));
  }

  /** Sends a GET whose target no client library would let pass. */
  public static Answer rawGet(String target) {
    String answer =
        raw("GET " + target + " HTTP/1.1\r\nHost: sidecache\r\nConnection: close\r\n\r\n");
    return parse(answer);
  }

  /** Reads an answer that has a length, or none. */
  public static Answer parse(String answer) {
    int blank = answer.indexOf("\r\n\r\n");
    assertThat(blank).as(answer).isPositive();
    String[] lines = answer.substring(0, blank).split("\r\n", -1);
    Map<String, List<String>> fields = new HashMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      fields
          .computeIfAbsent(lines[i].substring(0, colon), name -> new ArrayList<>())
          .add(lines[i].substring(colon + 1).strip());
    }
    return new Answer(
        Integer.parseInt(lines[0].split(" ", -1)[1]),
        HttpHeaders.of(fields, (name, value) -> true),
        Buffer.buffer(answer.substring(blank + 4)));
  }

  /** Waits until values are proven fresh. */
  public static void awaitFresh() {
    await()
        .atMost(LIMIT)
        .until(
            () -> get("/v1/caches").json().getJsonArray("caches").getJsonObject(0), Sidecar::fresh);
  }

  private static boolean fresh(JsonObject cache) {
    return cache.getBoolean("fresh");
  }

  /** One cache's figures. */
  public static JsonObject figures(String cache) {
    return get("/v1/caches/" + cache).assertStatus(200).json().getJsonObject("figures");
  }

  /** One health check, which may be DOWN. */
  public static JsonObject health(String kind) {
    Answer answer = management("/health/" + kind);
    assertThat(answer.status()).isIn(200, HEALTH_DOWN);
    JsonObject health = answer.json();
    assertThat(health.getString("status")).isEqualTo(answer.status() == 200 ? "UP" : "DOWN");
    return health;
  }

  /** The data of the listener's check among those of a kind, whose order is nobody's promise. */
  public static JsonObject listenerData(String kind) {
    return health(kind).getJsonArray("checks").stream()
        .map(JsonObject.class::cast)
        .filter(check -> check.getString("name").startsWith("listener"))
        .findFirst()
        .orElseThrow()
        .getJsonObject("data");
  }

  /** Waits until a GET is answered as wanted, and tells that answer. */
  public static Answer awaitGet(String path, Consumer<Answer> wanted) {
    Answer[] last = new Answer[1];
    await()
        .atMost(LIMIT)
        .untilAsserted(
            () -> {
              Answer answer = get(path);
              wanted.accept(answer);
              last[0] = answer;
            });
    return last[0];
  }

  /** Where a path of the API is. */
  public static URI uri(String path) {
    return URI.create(base() + path);
  }

  /** Where a path of the management interface is. */
  public static URI managementUri(String path) {
    return URI.create(text("test.management.url") + path);
  }

  private static String base() {
    return text("test.url");
  }

  private static String text(String setting) {
    String text = ConfigProvider.getConfig().getValue(setting, String.class);
    return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
  }
}
