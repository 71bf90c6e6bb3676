/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.sidecache.source.Trouble;
import java.sql.SQLException;

/**
 * Why the log could not be read.
 *
 * @param trouble its kind
 * @param text one line for people, without credentials
 */
record PollFailure(Trouble trouble, String text) {

  /** By the error codes of the manual's appendix "PostgreSQL Error Codes". */
  static PollFailure of(SQLException e) {
    String sqlState = String.valueOf(e.getSQLState());
    return switch (sqlState) {
      case "42P01", "42883", "3F000" ->
          new PollFailure(Trouble.LOG, "the database has no log of changes");
      case "42501" -> new PollFailure(Trouble.LOG, "this role may not read it");
      // A standby has no WAL insert position: "recovery is in progress".
      case "55000" -> new PollFailure(Trouble.STANDBY, "the pool leads to a standby");
      default -> new PollFailure(Trouble.UNREACHABLE, "SQLSTATE " + sqlState + ", " + firstLine(e));
    };
  }

  static PollFailure of(RuntimeException e) {
    return new PollFailure(Trouble.UNREACHABLE, e.getClass().getName() + ", " + firstLine(e));
  }

  /** A server's message may go on with details over several lines. */
  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
