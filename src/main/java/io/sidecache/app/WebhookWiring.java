/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.quarkus.tls.TlsConfiguration;
import io.quarkus.tls.TlsConfigurationRegistry;
import io.sidecache.config.Secret;
import io.sidecache.config.Settings;
import io.sidecache.config.WebhookSettings;
import io.sidecache.webhook.PeerSettings;
import io.sidecache.webhook.Signer;
import io.sidecache.webhook.Webhooks;
import io.vertx.core.Vertx;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the peers that are told of evictions from the settings. */
@Singleton
class WebhookWiring {
  private static final int PROCESS_BYTES = 8;

  @Produces
  @Singleton
  Webhooks webhooks(Settings settings, Vertx vertx, TlsConfigurationRegistry tls, Tracing tracing) {
    List<Webhooks.Recipient> recipients =
        settings.webhooks().values().stream()
            .map(webhook -> recipient(webhook, vertx, tls, tracing))
            .toList();
    return new Webhooks(
        recipients,
        new Webhooks.Surroundings(
            settings.instance(),
            process(),
            Clock.systemUTC(),
            System::nanoTime,
            () -> ThreadLocalRandom.current().nextDouble(),
            settings.shutdownDrain()));
  }

  private static String process() {
    byte[] bytes = new byte[PROCESS_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static Webhooks.Recipient recipient(
      WebhookSettings webhook, Vertx vertx, TlsConfigurationRegistry tls, Tracing tracing) {
    return new Webhooks.Recipient(
        settings(webhook),
        new Signer(webhook.secrets().stream().map(Secret::bytes).toList()),
        tracing.traced(webhook.peer(), client(webhook, vertx, tls, tracing::traceparent)));
  }

  /**
   * The way to a peer.
   *
   * @param traceparent what a request says of the span it belongs to
   */
  static RestPeerClient client(
      WebhookSettings webhook,
      Vertx vertx,
      TlsConfigurationRegistry tls,
      Supplier<@Nullable String> traceparent) {
    WebhookSettings.Delivery delivery = webhook.delivery();
    return new RestPeerClient(
        webhook.url(),
        new RestPeerClient.Timeouts(
            delivery.connectTimeout(), delivery.readTimeout(), delivery.requestTimeout()),
        webhook.tlsConfigurationName().map(name -> tlsConfiguration(webhook.peer(), name, tls)),
        vertx,
        traceparent);
  }

  private static PeerSettings settings(WebhookSettings webhook) {
    WebhookSettings.Delivery delivery = webhook.delivery();
    return new PeerSettings(
        webhook.peer(),
        address(webhook.url()),
        Set.copyOf(webhook.caches()),
        Set.copyOf(webhook.groups()),
        new PeerSettings.Batching(
            delivery.linger(), delivery.maxBatchSize(), delivery.maxBatchBytes()),
        new PeerSettings.Retries(
            delivery.maxAttempts(), delivery.retryInitial(), delivery.retryMax()),
        delivery.queueCapacity(),
        delivery.deadLetters());
  }

  /** A path or a query may be what a peer knows its callers by. */
  static String address(URI url) {
    return url.getScheme() + "://" + url.getRawAuthority();
  }

  private static TlsConfiguration tlsConfiguration(
      String peer, String name, TlsConfigurationRegistry tls) {
    Optional<TlsConfiguration> found = tls.get(name);
    return found.orElseThrow(
        () ->
            new ConfigurationException(
                "sidecache cannot start: sidecache.webhooks."
                    + peer
                    + ".tls-configuration-name = \""
                    + name
                    + "\": there is no quarkus.tls."
                    + name));
  }
}
