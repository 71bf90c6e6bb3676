/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.net.URI;
import java.util.List;
import java.util.Objects;

/**
 * One peer that is told of evictions ({@code sidecache.webhooks.<peer>}).
 *
 * @param peer its name
 * @param url where to post; http or https, without user information
 * @param caches the caches it is told of; empty means all
 * @param groups the groups it is told of; empty means all
 * @param secrets the signing keys, newest first; several while one is being rotated
 */
public record WebhookSettings(
    String peer, URI url, List<String> caches, List<String> groups, List<Secret> secrets) {
  public WebhookSettings {
    Objects.requireNonNull(peer, "peer");
    Objects.requireNonNull(url, "url");
    caches = List.copyOf(caches);
    groups = List.copyOf(groups);
    secrets = List.copyOf(secrets);
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("secrets must not be empty");
    }
  }
}
