/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.source.SourceStatus;
import io.sidecache.source.Trouble;
import io.sidecache.source.postgres.PoolServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tells of poolers, by what the source has met and what the pool's connection says of itself. */
final class PoolerCheck {
  private static final String POOLER = "pooler";

  private final boolean sameAddress;

  /**
   * Makes it.
   *
   * @param sameAddress whether is listened where the pool leads to
   */
  PoolerCheck(boolean sameAddress) {
    this.sameAddress = sameAddress;
  }

  List<Finding> look(PoolServer server, Optional<SourceStatus> status) {
    boolean heard = status.filter(s -> s.state() == SourceStatus.State.FRESH).isPresent();
    boolean deaf =
        status.filter(s -> s.troubles().getOrDefault(Trouble.POOLER, 0L) > 0).isPresent();
    boolean sessions = heard && sameAddress;
    List<Finding> findings = new ArrayList<>();
    if (deaf) {
      findings.add(
          Finding.warn(
              POOLER,
              "in transaction or statement mode before the server that is listened to",
              "set sidecache.listener.url to the server itself, or the pooler to session mode"));
    }
    if (server.pooled() && server.keepsStatements() && !sessions) {
      findings.add(
          Finding.warn(
              POOLER,
              "before the pool, and the driver keeps prepared statements there",
              "add prepareThreshold=0 to QUARKUS_DATASOURCE_JDBC_URL, unless it is in session"
                  + " mode"));
    }
    return findings.isEmpty() ? List.of(Finding.ok(POOLER, harmless(server, sessions))) : findings;
  }

  private static String harmless(PoolServer server, boolean sessions) {
    if (!server.pooled()) {
      return "none before the pool";
    }
    return sessions
        ? "in session mode, and notifications come through"
        : "before the pool, and no prepared statements are kept there";
  }
}
