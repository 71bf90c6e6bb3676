/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One peer that is told of evictions ({@code sidecache.webhooks.<peer>}).
 *
 * @param peer its name
 * @param url where to post; http or https, without user information
 * @param caches the caches it is told of; empty means all
 * @param groups the groups it is told of; empty means all
 * @param secrets the signing keys, newest first; several while one is being rotated
 * @param delivery how it is told
 * @param tlsConfigurationName a TLS configuration of Quarkus ({@code quarkus.tls.<name>})
 */
public record WebhookSettings(
    String peer,
    URI url,
    List<String> caches,
    List<String> groups,
    List<Secret> secrets,
    Delivery delivery,
    Optional<String> tlsConfigurationName) {

  /**
   * How a peer is told.
   *
   * @param linger how long the first eviction of a batch waits for more; may be zero
   * @param maxBatchSize how many evictions a batch has at most
   * @param maxBatchBytes how long a batch of several is at most
   * @param queueCapacity how many evictions may wait
   * @param connectTimeout for making a connection
   * @param readTimeout without anything heard while an answer is awaited
   * @param requestTimeout for a request from beginning to end
   * @param maxAttempts how often a message is sent before it is given up
   * @param retryInitial the ceiling of the wait after the first failure
   * @param retryMax the highest ceiling
   * @param deadLetters how many messages are kept that were given up
   */
  public record Delivery(
      Duration linger,
      int maxBatchSize,
      int maxBatchBytes,
      int queueCapacity,
      Duration connectTimeout,
      Duration readTimeout,
      Duration requestTimeout,
      int maxAttempts,
      Duration retryInitial,
      Duration retryMax,
      int deadLetters) {}

  public WebhookSettings {
    Objects.requireNonNull(peer, "peer");
    Objects.requireNonNull(url, "url");
    Objects.requireNonNull(delivery, "delivery");
    Objects.requireNonNull(tlsConfigurationName, "tlsConfigurationName");
    caches = List.copyOf(caches);
    groups = List.copyOf(groups);
    secrets = List.copyOf(secrets);
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("secrets must not be empty");
    }
  }
}
