/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sidecache.testing.WebhookReceiver;
import io.sidecache.testing.WebhookReceiver.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.config.ConfigProvider;

/**
 * The peers of the contract's test: {@code search} takes all, {@code moody} answers what it is
 * told, {@code moved} redirects, {@code gone} has gone for good.
 */
public final class ConformancePeers implements QuarkusTestResourceLifecycleManager {
  /** Two secrets, as while one takes the place of the other. */
  public static final List<String> SECRETS =
      List.of(
          "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
          "whsec_MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");

  private static final Map<String, WebhookReceiver> BY_URL = new ConcurrentHashMap<>();
  private static final Map<String, Reply> REPLY_BY_URL = new ConcurrentHashMap<>();

  private final List<WebhookReceiver> receivers = new ArrayList<>();

  @Override
  public Map<String, String> start() {
    Map<String, String> settings = new HashMap<>();
    try {
      peer(settings, "search", WebhookReceiver.status(204));
      peer(settings, "moody", WebhookReceiver.status(204));
      peer(settings, "moved", WebhookReceiver.status(307, "Location: http://127.0.0.1:1/hooks"));
      peer(settings, "gone", WebhookReceiver.status(410));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return settings;
  }

  private void peer(Map<String, String> settings, String name, Reply reply) throws IOException {
    WebhookReceiver[] self = new WebhookReceiver[1];
    WebhookReceiver receiver =
        WebhookReceiver.start(
            request -> REPLY_BY_URL.getOrDefault(self[0].url().toString(), reply));
    self[0] = receiver;
    receivers.add(receiver);
    BY_URL.put(receiver.url().toString(), receiver);
    String prefix = "sidecache.webhooks." + name + ".";
    settings.put(prefix + "url", receiver.url().toString());
    settings.put(prefix + "secret", String.join(",", SECRETS));
    settings.put(prefix + "max-attempts", "3");
    settings.put(prefix + "retry-initial", "5ms");
    settings.put(prefix + "retry-max", "20ms");
  }

  @Override
  public void stop() {
    for (WebhookReceiver receiver : receivers) {
      BY_URL.remove(receiver.url().toString());
      REPLY_BY_URL.remove(receiver.url().toString());
      try {
        receiver.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A peer of the running application's. */
  public static WebhookReceiver receiver(String peer) {
    return Objects.requireNonNull(BY_URL.get(url(peer)), peer);
  }

  /** What a peer answers from now on. */
  public static void answer(String peer, Reply reply) {
    REPLY_BY_URL.put(url(peer), reply);
  }

  private static String url(String peer) {
    return ConfigProvider.getConfig().getValue("sidecache.webhooks." + peer + ".url", String.class);
  }
}
