/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sidecache.testing.WebhookReceiver;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * The peers of the application under test: {@code search} takes all, {@code moody} answers what it
 * is told, {@code secure} wants a certificate of the client and has one that only we trust, {@code
 * distrusted} is the same without our configuration.
 */
public final class WebhookPeers implements QuarkusTestResourceLifecycleManager {
  static final String SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

  private static final String PASSWORD = "changeit";
  private static final Map<String, WebhookReceiver> BY_URL = new ConcurrentHashMap<>();
  private static final Map<String, Integer> STATUS_BY_URL = new ConcurrentHashMap<>();

  private final List<WebhookReceiver> receivers = new ArrayList<>();
  private @Nullable HttpsServer secure;

  @Override
  public Map<String, String> start() {
    Map<String, String> settings = new HashMap<>();
    try {
      Path directory = Files.createTempDirectory("webhook-tls");
      pair(directory, "server");
      pair(directory, "client");
      HttpsServer secured = server(directory);
      secure = secured;
      peer(settings, "search", receiver().url().toString());
      peer(settings, "moody", receiver().url().toString());
      String address = "https://127.0.0.1:" + secured.getAddress().getPort() + "/hook";
      peer(settings, "secure", address);
      peer(settings, "distrusted", address);
      settings.put("sidecache.webhooks.secure.tls-configuration-name", "inner");
      store(settings, "trust-store", directory.resolve("server.p12"));
      store(settings, "key-store", directory.resolve("client.p12"));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("the peers could not be started", e);
    }
    return settings;
  }

  private WebhookReceiver receiver() throws IOException {
    WebhookReceiver[] self = new WebhookReceiver[1];
    WebhookReceiver receiver =
        WebhookReceiver.start(
            request ->
                WebhookReceiver.status(STATUS_BY_URL.getOrDefault(self[0].url().toString(), 204)));
    self[0] = receiver;
    receivers.add(receiver);
    BY_URL.put(receiver.url().toString(), receiver);
    return receiver;
  }

  private static void peer(Map<String, String> settings, String name, String url) {
    String prefix = "sidecache.webhooks." + name + ".";
    settings.put(prefix + "url", url);
    settings.put(prefix + "secret", SECRET);
    settings.put(prefix + "max-attempts", "2");
    settings.put(prefix + "retry-initial", "5ms");
    settings.put(prefix + "retry-max", "20ms");
  }

  private static void store(Map<String, String> settings, String kind, Path file) {
    settings.put("quarkus.tls.inner." + kind + ".p12.path", file.toString());
    settings.put("quarkus.tls.inner." + kind + ".p12.password", PASSWORD);
  }

  /** A key with a certificate that signs itself. */
  private static void pair(Path directory, String name) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
            "-genkeypair",
            "-alias",
            name,
            "-keyalg",
            "EC",
            "-dname",
            "CN=" + name,
            "-ext",
            "san=ip:127.0.0.1",
            "-storetype",
            "PKCS12",
            "-storepass",
            PASSWORD,
            "-keystore",
            directory.resolve(name + ".p12").toString());
    try {
      Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said =
          new String(
              keytool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      if (keytool.waitFor() != 0) {
        throw new IllegalStateException("keytool: " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static HttpsServer server(Path directory) throws IOException, GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(load(directory.resolve("server.p12")), PASSWORD.toCharArray());
    TrustManagerFactory trusted =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    KeyStore clients = KeyStore.getInstance("PKCS12");
    clients.load(null, null);
    clients.setCertificateEntry(
        "client", load(directory.resolve("client.p12")).getCertificate("client"));
    trusted.init(clients);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = context.getDefaultSSLParameters();
            wanted.setNeedClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    server.createContext(
        "/hook",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static KeyStore load(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    return store;
  }

  @Override
  public void stop() {
    if (secure != null) {
      secure.stop(0);
    }
    for (WebhookReceiver receiver : receivers) {
      BY_URL.remove(receiver.url().toString());
      try {
        receiver.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static WebhookReceiver receiver(String peer) {
    return Objects.requireNonNull(BY_URL.get(url(peer)), peer);
  }

  /** What a peer answers from now on. */
  static void answer(String peer, int status) {
    STATUS_BY_URL.put(url(peer), status);
  }

  private static String url(String peer) {
    return ConfigProvider.getConfig().getValue("sidecache.webhooks." + peer + ".url", String.class);
  }
}
