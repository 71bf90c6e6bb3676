/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.time.Duration;
import java.util.List;

/**
 * Who may call the HTTP interface, and how slowly ({@code sidecache.api}).
 *
 * @param tokens the bearer tokens that are accepted, as UTF-8 bytes; empty asks for none
 * @param clientCertificates whether callers from other hosts must show a TLS certificate
 * @param requestTimeout how long a request may take to arrive; one second more for each KiB of it
 */
public record ApiSettings(
    List<Secret> tokens, boolean clientCertificates, Duration requestTimeout) {
  public ApiSettings {
    tokens = List.copyOf(tokens);
  }

  /** Whether everyone who can reach the interface may call it. */
  public boolean isOpen() {
    return tokens.isEmpty() && !clientCertificates;
  }
}
