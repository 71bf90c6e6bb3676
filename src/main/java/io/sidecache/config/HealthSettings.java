/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.time.Duration;
import java.util.Objects;

/**
 * When the health checks turn ({@code sidecache.health}).
 *
 * @param stuckAfter how long the listener may make no progress at all before liveness turns DOWN
 * @param disconnectedDownAfter how long it may be disconnected before liveness turns DOWN
 * @param readyDuringGap whether readiness stays UP while a gap is open
 */
public record HealthSettings(
    Duration stuckAfter, Duration disconnectedDownAfter, boolean readyDuringGap) {
  public HealthSettings {
    Objects.requireNonNull(stuckAfter, "stuckAfter");
    Objects.requireNonNull(disconnectedDownAfter, "disconnectedDownAfter");
  }
}
