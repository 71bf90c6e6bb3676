/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.smallrye.config.SmallRyeConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What our settings depend on and others own: Quarkus's settings, and the host.
 *
 * @param datasourceUrl whether an address of PostgreSQL is set
 * @param httpHost the address that the HTTP interface is bound to; empty where nothing tells
 * @param clientCertificates whether callers of the HTTP interface must show a certificate
 * @param hostName the host's name, as far as it can be told
 */
record Surroundings(
    boolean datasourceUrl, Optional<String> httpHost, boolean clientCertificates, String hostName) {
  static final String DATASOURCE_URL = "quarkus.datasource.jdbc.url";

  private static final Set<String> LOOPBACK =
      Set.of("localhost", "::1", "[::1]", "0:0:0:0:0:0:0:1");

  static Surroundings of(SmallRyeConfig config) {
    return new Surroundings(
        text(config, DATASOURCE_URL).isPresent(),
        text(config, "quarkus.http.host"),
        text(config, "quarkus.http.ssl.client-auth")
            .filter("required"::equalsIgnoreCase)
            .isPresent(),
        text(config, "HOSTNAME")
            .or(() -> text(config, "COMPUTERNAME"))
            .orElseGet(Surroundings::localHost));
  }

  /** Whether the HTTP interface can be reached from other hosts. */
  boolean isReachable() {
    return httpHost
        .map(host -> host.toLowerCase(Locale.ROOT))
        .filter(host -> !LOOPBACK.contains(host) && !host.startsWith("127."))
        .isPresent();
  }

  private static Optional<String> text(SmallRyeConfig config, String name) {
    return Optional.ofNullable(config.getConfigValue(name).getValue())
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  private static String localHost() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      // A host that cannot resolve its own name still has to start; the name is for people.
      return "localhost";
    }
  }
}
