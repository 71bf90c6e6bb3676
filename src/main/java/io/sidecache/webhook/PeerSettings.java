/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;

/**
 * What one peer is told, and how. Immutable.
 *
 * @param name the peer's name
 * @param address where it is, for people: no credentials, no query
 * @param caches the caches it is told of; empty means all
 * @param groups the groups it is told of; empty means all, and single keys too
 * @param batching how evictions are put together
 * @param retries what happens when it does not answer
 * @param queueCapacity how many evictions may wait for it
 * @param deadLetters how many undelivered messages are kept for it
 */
public record PeerSettings(
    String name,
    String address,
    Set<String> caches,
    Set<String> groups,
    Batching batching,
    Retries retries,
    int queueCapacity,
    int deadLetters) {

  /**
   * How evictions are put together.
   *
   * @param linger how long the first of a batch waits for more; may be zero
   * @param mostEvents how many evictions a batch has at most
   * @param mostBytes how long a batch of several is at most
   */
  public record Batching(Duration linger, int mostEvents, int mostBytes) {}

  /**
   * What happens when a peer does not answer 2xx.
   *
   * @param mostAttempts how often a message is sent before it is given up
   * @param initial the ceiling of the wait after the first failure
   * @param maximum the highest ceiling
   */
  public record Retries(int mostAttempts, Duration initial, Duration maximum) {}

  public PeerSettings {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(batching, "batching");
    Objects.requireNonNull(retries, "retries");
    caches = Set.copyOf(caches);
    groups = Set.copyOf(groups);
    if (queueCapacity < 1) {
      throw new IllegalArgumentException("queueCapacity must be 1 or more, was " + queueCapacity);
    }
  }
}
