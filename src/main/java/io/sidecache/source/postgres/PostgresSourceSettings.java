/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a {@link PostgresSource} needs to know; checked on construction.
 *
 * @param url the listening connection's JDBC URL, several hosts allowed; never logged, since it may
 *     hold a password
 * @param username the role to log in as; empty where the URL names it
 * @param password read before every attempt to connect, so that a changed secret is picked up;
 *     gives empty where the URL holds it or the server asks for none
 * @param heartbeatInterval the time between two heartbeats
 * @param heartbeatTimeout how long a connection may go without one of our heartbeats before it is
 *     given up; bounds an attempt to connect and a JDBC call too
 * @param reconnectInitial the bound of the first wait before a new attempt; it doubles each time
 * @param reconnectMax the longest wait before a new attempt
 * @param barrierTimeout how long {@code barrier()} and {@code publish()} wait
 * @param useLog whether what a gap missed is read from the durable log, where there is one
 */
public record PostgresSourceSettings(
    String url,
    Optional<String> username,
    Supplier<Optional<String>> password,
    Duration heartbeatInterval,
    Duration heartbeatTimeout,
    Duration reconnectInitial,
    Duration reconnectMax,
    Duration barrierTimeout,
    boolean useLog) {

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(1);

  public PostgresSourceSettings {
    Objects.requireNonNull(url, "url");
    Objects.requireNonNull(username, "username");
    Objects.requireNonNull(password, "password");
    requireBounded("heartbeat-interval", heartbeatInterval);
    requireBounded("heartbeat-timeout", heartbeatTimeout);
    requireBounded("reconnect-initial", reconnectInitial);
    requireBounded("reconnect-max", reconnectMax);
    requireBounded("barrier-timeout", barrierTimeout);
    requireBelow("heartbeat-interval", heartbeatInterval, "heartbeat-timeout", heartbeatTimeout);
    if (reconnectInitial.compareTo(reconnectMax) > 0) {
      throw new IllegalArgumentException(
          "reconnect-initial must not be above reconnect-max, was "
              + reconnectInitial
              + " and "
              + reconnectMax);
    }
    ListenerAddress address = ListenerAddress.parse(url);
    if (username.isEmpty() && address.username().isEmpty()) {
      throw new IllegalArgumentException("username must be set, since the URL names no user");
    }
  }

  private static void requireBounded(String setting, Duration value) {
    Objects.requireNonNull(value, setting);
    if (value.compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(setting + " must be 1ms to 1 day, was " + value);
    }
  }

  private static void requireBelow(String name, Duration value, String boundName, Duration bound) {
    if (value.compareTo(bound) >= 0) {
      throw new IllegalArgumentException(
          name + " must be below " + boundName + ", was " + value + " and " + bound);
    }
  }

  /** Names hosts, database and durations alone: the URL and the password are secrets. */
  @Override
  public String toString() {
    return "PostgresSourceSettings[address="
        + ListenerAddress.parse(url)
        + ", heartbeatInterval="
        + heartbeatInterval
        + ", heartbeatTimeout="
        + heartbeatTimeout
        + ", reconnectInitial="
        + reconnectInitial
        + ", reconnectMax="
        + reconnectMax
        + ", barrierTimeout="
        + barrierTimeout
        + "]";
  }
}
