/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;

/**
 * Which server, which database and which history a connection is talking to.
 *
 * @param database the database's name, for people
 * @param databaseOid the database's oid
 * @param startedAt {@code pg_postmaster_start_time()} in seconds since 1970, as text. It does not
 *     change when the server restarts by itself after a crash
 * @param timeline the WAL timeline, which every promotion raises
 */
record ServerIdentity(String database, long databaseOid, String startedAt, long timeline) {
  private static final double MILLIS_PER_SECOND = 1000;

  /** Reads the four columns of a row from this one on, the timeline in hexadecimal digits. */
  static ServerIdentity read(ResultSet row, int first) throws SQLException {
    return new ServerIdentity(
        row.getString(first),
        row.getLong(first + 1),
        row.getString(first + 2),
        Long.parseLong(row.getString(first + 3), 16));
  }

  @Override
  public String toString() {
    return "database "
        + database
        + " (oid "
        + databaseOid
        + ", timeline "
        + timeline
        + ", server started at "
        + startedAtText()
        + ")";
  }

  private String startedAtText() {
    try {
      return Instant.ofEpochMilli((long) (MILLIS_PER_SECOND * Double.parseDouble(startedAt)))
          .toString();
    } catch (NumberFormatException notANumber) {
      return startedAt;
    }
  }
}
