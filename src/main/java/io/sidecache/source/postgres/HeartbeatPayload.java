/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The text of a heartbeat: nonce, WAL insert position, timeline and snapshot, with a space between;
 * where the database keeps a fleet key, the signature of all that comes last (V1__sidecache.sql).
 *
 * @param nonce tells the heartbeat from all others
 * @param position where the server stood
 * @param snapshot what was visible when the heartbeat was made
 */
record HeartbeatPayload(String nonce, Position position, Snapshot snapshot) {

  /**
   * Sends one heartbeat that says what {@link LookStatement} sees, {@code l.lsn} being its WAL
   * location. The one parameter is the nonce.
   *
   * <p>A payload has at most 7,999 bytes (manual, "NOTIFY"). A snapshot with too many running
   * transactions for that is replaced by the one that sees nothing from its xmin on, which claims
   * less than is true.
   */
  static final String SQL_CALL =
      "(select pg_notify('"
          + OwnChannels.HEARTBEAT
          + "', b.head || case when octet_length(b.head) + octet_length(b.snapshot) <= 7999"
          + " then b.snapshot else b.xmin || ':' || b.xmin || ':' end)::text"
          + " from (select ? || ' ' || l.lsn || ' ' || substr(pg_walfile_name(l.lsn), 1, 8) || ' '"
          + " as head, pg_current_snapshot()::text as snapshot,"
          + " pg_snapshot_xmin(pg_current_snapshot())::text as xmin offset 0) b)";

  /** A timeline as the name of a WAL file has it. */
  private static final int TIMELINE_DIGITS = 8;

  /** Whether the text ends with a signature of the rest of it under this key. */
  static boolean isSigned(String text, FleetKey key) {
    int blank = text.lastIndexOf(' ');
    return blank > 0 && key.signed(text.substring(0, blank), text.substring(blank + 1));
  }

  /** Reads a heartbeat, signed or not; empty where the text is not one. */
  static Optional<HeartbeatPayload> parse(String text) {
    String[] parts = text.split(" ", -1);
    if (parts.length < 4 || parts.length > 5 || parts[0].isEmpty()) {
      return Optional.empty();
    }
    try {
      if (parts[2].length() != TIMELINE_DIGITS) {
        return Optional.empty();
      }
      long timeline = HexFormat.fromHexDigitsToLong(parts[2]);
      return Optional.of(
          new HeartbeatPayload(
              parts[0],
              new Position(timeline, 0, Position.parseLsn(parts[1])),
              Snapshot.parse(parts[3])));
    } catch (IllegalArgumentException e) {
      // A stranger's text; NumberFormatException is one of these.
      return Optional.empty();
    }
  }
}
