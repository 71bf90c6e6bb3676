/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How the LISTEN connection behaves ({@code sidecache.listener}).
 *
 * @param url the JDBC URL to listen at, where it is not the pool's; may hold credentials, never log
 *     it
 * @param heartbeatInterval how long nobody's heartbeat may have been seen before one is sent
 * @param heartbeatTimeout how long no heartbeat may come back before a gap is opened; at least
 *     twice the interval
 * @param reconnectInitial the shortest wait before a reconnect, before jitter
 * @param reconnectMax the longest wait before a reconnect, before jitter; at least the initial one
 * @param queueCapacity how many signals may wait for the pipeline before they are widened to one
 * @param barrierTimeout how long a barrier (an invalidation's echo, a read of one's own write) may
 *     take
 */
public record ListenerSettings(
    Optional<String> url,
    Duration heartbeatInterval,
    Duration heartbeatTimeout,
    Duration reconnectInitial,
    Duration reconnectMax,
    int queueCapacity,
    Duration barrierTimeout) {

  public ListenerSettings {
    Objects.requireNonNull(url, "url");
    Objects.requireNonNull(heartbeatInterval, "heartbeatInterval");
    Objects.requireNonNull(heartbeatTimeout, "heartbeatTimeout");
    Objects.requireNonNull(reconnectInitial, "reconnectInitial");
    Objects.requireNonNull(reconnectMax, "reconnectMax");
    Objects.requireNonNull(barrierTimeout, "barrierTimeout");
    if (queueCapacity < 1) {
      throw new IllegalArgumentException("queueCapacity must be at least 1, was " + queueCapacity);
    }
  }

  /** All but the URL, which may hold credentials. */
  @Override
  public String toString() {
    return "ListenerSettings[url="
        + (url.isPresent() ? "set" : "not set")
        + ", heartbeatInterval="
        + heartbeatInterval
        + ", heartbeatTimeout="
        + heartbeatTimeout
        + ", reconnectInitial="
        + reconnectInitial
        + ", reconnectMax="
        + reconnectMax
        + ", queueCapacity="
        + queueCapacity
        + ", barrierTimeout="
        + barrierTimeout
        + "]";
  }
}
