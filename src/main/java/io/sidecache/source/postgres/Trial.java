/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.source.Trouble;
import java.sql.SQLException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether notifications come through a pooler: one heartbeat is sent when all channels are listened
 * on, and must be heard. In session mode it is; in transaction mode LISTEN went to a backend that
 * others use now, and nothing comes.
 */
final class Trial {
  private final ServerProbe probe;
  private final Server server;
  private final Heartbeats heartbeats;
  private volatile @Nullable String failure;
  private volatile Trouble trouble = Trouble.POOLER;

  Trial(ServerProbe probe, Server server, Heartbeats heartbeats) {
    this.probe = probe;
    this.server = server;
    this.heartbeats = heartbeats;
  }

  /** Sends the heartbeat. Blocks. */
  void begin() {
    try {
      // Finds out whether heartbeats are signed here; others would count an unsigned one as forged.
      server.catchUp(Optional.empty(), change -> {});
      server.look(
          Optional.empty(),
          Look.Rows.SILENT,
          () -> Optional.of(heartbeats.issue(true).nonce()),
          change -> {});
    } catch (SQLException e) {
      failed(Pulse.reason(e), Pulse.unsent(e.getSQLState()));
    } catch (RuntimeException e) {
      // A pool may fail in ways of its own.
      failed(e.getClass().getName() + ", " + Link.firstLine(e), Trouble.UNSENT);
    }
  }

  private void failed(String reason, Trouble kind) {
    trouble = kind;
    failure = reason;
  }

  /** Whether this is the heartbeat, heard for the first time. */
  boolean isPassedBy(String text) {
    return HeartbeatPayload.parse(text)
        .map(HeartbeatPayload::nonce)
        .filter(heartbeats::isOurs)
        .flatMap(heartbeats::heard)
        .isPresent();
  }

  /** What it means that nothing was heard. */
  Trouble trouble() {
    return trouble;
  }

  /** The same for people. */
  String reason() {
    String why = failure;
    return why != null
        ? "no heartbeat could be sent: " + why
        : "a pooler in transaction or statement mode stands before the server (backend "
            + probe.backendPid()
            + " answers for "
            + probe.protocolPid()
            + ", and no notification comes through); LISTEN needs a session of its own";
  }
}
