/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.sidecache.testing.WebhookReceiver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * One peer that takes all, {@code search}, one that takes none, {@code refusing}, and {@code gone}.
 */
public final class ApiPeers implements QuarkusTestResourceLifecycleManager {
  private static final List<WebhookReceiver> RECEIVERS = new ArrayList<>();

  @Override
  public Map<String, String> start() {
    Map<String, String> settings = new HashMap<>();
    peer(settings, "search", request -> 204);
    peer(settings, "refusing", request -> request.body().contains(".reset\"") ? 204 : 500);
    peer(settings, "gone", request -> 410);
    settings.put("sidecache.webhooks.search.caches", "products");
    return settings;
  }

  private static void peer(
      Map<String, String> settings, String name, ToIntFunction<WebhookReceiver.Request> status) {
    try {
      WebhookReceiver receiver =
          WebhookReceiver.start(request -> WebhookReceiver.status(status.applyAsInt(request)));
      RECEIVERS.add(receiver);
      String prefix = "sidecache.webhooks." + name + ".";
      settings.put(prefix + "url", receiver.url().toString());
      settings.put(prefix + "secret", WebhookPeers.SECRET);
      settings.put(prefix + "max-attempts", "1");
      settings.put(prefix + "retry-initial", "5ms");
      settings.put(prefix + "retry-max", "20ms");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the peers were sent. */
  public static List<WebhookReceiver.Request> requests() {
    return RECEIVERS.stream().flatMap(receiver -> receiver.requests().stream()).toList();
  }

  @Override
  public void stop() {
    for (WebhookReceiver receiver : RECEIVERS) {
      try {
        receiver.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    RECEIVERS.clear();
  }
}
