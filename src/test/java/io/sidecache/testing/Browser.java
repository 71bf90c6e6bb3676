/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A headless Chromium with one page, driven by the DevTools protocol over the JDK's own WebSocket.
 * Keeps what the page asked for over the network and everything that went wrong in it.
 */
public final class Browser implements AutoCloseable {
  private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
  private static final String LISTENING = "DevTools listening on ";
  private static final long LIMIT_SECONDS = 60;

  private final Process process;
  private final Path profile;
  private final WebSocket socket;
  private final AtomicInteger commands = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
  private final List<String> requested = new CopyOnWriteArrayList<>();
  private final List<String> wrong = new CopyOnWriteArrayList<>();
  private final String session;

  private Browser(Process process, Path profile, URI address) {
    this.process = process;
    this.profile = profile;
    this.socket =
        HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(address, new Listener()).join();
    String target =
        send("", "Target.createTarget", new JsonObject().put("url", "about:blank"))
            .getString("targetId");
    this.session =
        send(
                "",
                "Target.attachToTarget",
                new JsonObject().put("targetId", target).put("flatten", true))
            .getString("sessionId");
    for (String domain : List.of("Page", "Runtime", "Network", "Log")) {
      command(domain + ".enable", new JsonObject());
    }
  }

  /** Starts it. Fails where Chromium is not installed. */
  public static Browser start() {
    try {
      Path profile = Files.createTempDirectory("sidecache-chromium");
      List<String> command = new ArrayList<>();
      command.add(CHROMIUM.toString());
      command.addAll(
          List.of(
              "--headless=new",
              "--no-sandbox",
              "--disable-gpu",
              "--disable-dev-shm-usage",
              "--disable-background-networking",
              "--no-first-run",
              "--remote-debugging-port=0",
              "--user-data-dir=" + profile,
              "--window-size=1100,1000"));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      BufferedReader output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.startsWith(LISTENING)) {
          Thread.ofVirtual().start(() -> output.lines().forEach(ignored -> {}));
          return new Browser(process, profile, URI.create(line.substring(LISTENING.length())));
        }
      }
      throw new AssertionError("Chromium ended with " + process.waitFor());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "these tests need Chromium (Debian: apt-get install chromium)", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What was asked of any server, as URLs, in order. */
  public List<String> requested() {
    return List.copyOf(requested);
  }

  /** Exceptions, violations of the policy and whatever else the console calls an error. */
  public List<String> wrong() {
    return List.copyOf(wrong);
  }

  public void open(URI page) {
    command("Page.navigate", new JsonObject().put("url", page.toString()));
  }

  /** The value of an expression, which may be a promise of one. */
  public String evaluate(String expression) {
    JsonObject answer =
        command(
            "Runtime.evaluate",
            new JsonObject()
                .put("expression", expression)
                .put("awaitPromise", true)
                .put("returnByValue", true));
    if (answer.containsKey("exceptionDetails")) {
      throw new AssertionError(answer.getJsonObject("exceptionDetails").encode());
    }
    return String.valueOf(answer.getJsonObject("result").getValue("value"));
  }

  /** The text that a person sees of an element. */
  public String text(String id) {
    return evaluate("document.getElementById('" + id + "')?.innerText ?? ''");
  }

  /** Types a text where the focus is. */
  public void type(String text) {
    command("Input.insertText", new JsonObject().put("text", text));
  }

  /** Presses a key: Tab or Enter. */
  public void press(String key) {
    int code = key.equals("Tab") ? 9 : 13;
    JsonObject event =
        new JsonObject().put("key", key).put("code", key).put("windowsVirtualKeyCode", code);
    if (key.equals("Enter")) {
      event.put("text", "\r");
    }
    command("Input.dispatchKeyEvent", event.copy().put("type", "keyDown"));
    command("Input.dispatchKeyEvent", event.copy().put("type", "keyUp"));
  }

  /** Says which colours the person prefers: light or dark. */
  public void prefer(String scheme) {
    command(
        "Emulation.setEmulatedMedia",
        new JsonObject()
            .put(
                "features",
                new JsonArray()
                    .add(
                        new JsonObject()
                            .put("name", "prefers-color-scheme")
                            .put("value", scheme))));
  }

  /** A picture of the page, PNG. */
  public byte[] screenshot() {
    return Base64.getDecoder()
        .decode(command("Page.captureScreenshot", new JsonObject()).getString("data"));
  }

  private JsonObject command(String method, JsonObject parameters) {
    return send(session, method, parameters);
  }

  private JsonObject send(String inSession, String method, JsonObject parameters) {
    int id = commands.incrementAndGet();
    CompletableFuture<JsonObject> answer = new CompletableFuture<>();
    answers.put(id, answer);
    JsonObject message =
        new JsonObject().put("id", id).put("method", method).put("params", parameters);
    if (!inSession.isEmpty()) {
      message.put("sessionId", inSession);
    }
    socket.sendText(message.encode(), true).join();
    JsonObject whole = answer.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    if (whole.containsKey("error")) {
      throw new AssertionError(method + ": " + whole.getJsonObject("error").encode());
    }
    return whole.getJsonObject("result");
  }

  private void heard(JsonObject message) {
    Integer id = message.getInteger("id");
    if (id != null) {
      CompletableFuture<JsonObject> answer = answers.remove(id);
      if (answer != null) {
        answer.complete(message);
      }
      return;
    }
    JsonObject told = message.getJsonObject("params", new JsonObject());
    switch (message.getString("method")) {
      case "Network.requestWillBeSent" ->
          requested.add(told.getJsonObject("request").getString("url"));
      case "Runtime.exceptionThrown" -> wrong.add(told.encode());
      case "Runtime.consoleAPICalled" -> {
        if (told.getString("type").equals("error")) {
          wrong.add(told.encode());
        }
      }
      case "Log.entryAdded" -> {
        JsonObject entry = told.getJsonObject("entry");
        // A failed request is told by the page; the rest (policy, scripts) must not happen.
        if (entry.getString("level").equals("error")
            && !entry.getString("source").equals("network")) {
          wrong.add(entry.encode());
        }
      }
      default -> {} // of no interest
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        String whole = text.toString();
        text.setLength(0);
        heard(new JsonObject(whole));
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }
  }

  @Override
  public void close() {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    try {
      process.destroyForcibly().waitFor();
      try (Stream<Path> files = Files.walk(profile)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
