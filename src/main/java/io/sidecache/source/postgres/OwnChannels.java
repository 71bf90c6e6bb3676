/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.util.List;

/** The channels that sidecars use among themselves. */
final class OwnChannels {
  /** Carries heartbeats. */
  static final String HEARTBEAT = "sidecache_heartbeat";

  /** Carries invalidations that sidecars publish. */
  static final String INVALIDATION = "sidecache_invalidation";

  static final List<String> ALL = List.of(HEARTBEAT, INVALIDATION);

  private OwnChannels() {}
}
