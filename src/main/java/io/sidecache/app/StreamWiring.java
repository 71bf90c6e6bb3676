/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.cache.Caches;
import io.sidecache.config.Secret;
import io.sidecache.config.Settings;
import io.sidecache.config.SourceKind;
import io.sidecache.rest.EventValues;
import io.sidecache.source.InvalidationSource;
import io.sidecache.source.webhook.Delivery;
import io.sidecache.source.webhook.PublishingDelivery;
import io.sidecache.source.webhook.WebhookReceiver;
import io.sidecache.source.webhook.WebhookSource;
import io.sidecache.stream.EventStream;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.Typed;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** Makes the live stream and the door for webhooks from the settings. */
@Singleton
class StreamWiring {
  @Produces
  @Singleton
  EventStream stream(Settings settings, Caches caches) {
    return new EventStream(
        new EventStream.Settings(
            settings.events().replay(), settings.events().maximumSubscribers()),
        HexFormat.of().toHexDigits(new SecureRandom().nextLong()),
        InstantSource.system(),
        name -> caches.find(name).isPresent(),
        new EventValues(caches));
  }

  @Produces
  @Singleton
  @Typed(WebhookSource.class) // everyone else asks for the port
  WebhookSource webhookSource(Settings settings) {
    return new WebhookSource(
        settings.listener().heartbeatTimeout(), System::nanoTime, InstantSource.system());
  }

  @Produces
  @Singleton
  WebhookReceiver receiver(
      Settings settings, InvalidationSource source, Instance<WebhookSource> webhookSource) {
    Map<String, List<byte[]>> keys = new HashMap<>();
    settings
        .senders()
        .forEach(
            (name, sender) ->
                keys.put(name, sender.secrets().stream().map(Secret::bytes).toList()));
    Delivery delivery =
        settings.source() == SourceKind.WEBHOOK
            ? webhookSource.get()
            : new PublishingDelivery(source);
    return new WebhookReceiver(keys, delivery, InstantSource.system(), System::nanoTime);
  }
}
