/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.smallrye.config.SmallRyeConfig;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * What our settings depend on and others own: Quarkus's settings, and the host.
 *
 * @param datasourceUrl whether an address of PostgreSQL is set
 * @param httpHost the address that the HTTP interface is bound to; empty where nothing tells
 * @param domainSocket whether the HTTP interface has a domain socket too, which is a file
 * @param hostName the host's name, as far as it can be told
 */
record Surroundings(
    boolean datasourceUrl, Optional<String> httpHost, boolean domainSocket, String hostName) {
  static final String DATASOURCE_URL = "quarkus.datasource.jdbc.url";

  static Surroundings of(SmallRyeConfig config) {
    return new Surroundings(
        text(config, DATASOURCE_URL).isPresent(),
        text(config, "quarkus.http.host"),
        text(config, "quarkus.http.domain-socket-enabled")
            .filter("true"::equalsIgnoreCase)
            .isPresent(),
        text(config, "HOSTNAME")
            .or(() -> text(config, "COMPUTERNAME"))
            .orElseGet(Surroundings::localHost));
  }

  /** Whether the HTTP interface can be reached from anywhere but this host's loopback. */
  boolean isReachable() {
    return domainSocket || httpHost.filter(host -> !Loopback.isAddress(host)).isPresent();
  }

  /** What makes it so, for people. */
  String address() {
    return domainSocket
        ? "quarkus.http.domain-socket-enabled = true"
        : "quarkus.http.host = " + httpHost.orElse("");
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
