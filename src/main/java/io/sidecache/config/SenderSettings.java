/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.List;
import java.util.Objects;

/**
 * One sender who may post webhooks to us ({@code sidecache.senders.<name>}).
 *
 * @param name its name, which is a path segment of the HTTP interface
 * @param secrets the keys it may sign with; several while one is being rotated
 */
public record SenderSettings(String name, List<Secret> secrets) {
  public SenderSettings {
    Objects.requireNonNull(name, "name");
    secrets = List.copyOf(secrets);
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("secrets must not be empty");
    }
  }
}
