/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import org.jspecify.annotations.Nullable;

/** What to do about an error of PostgreSQL, by its code (manual, appendix A). */
final class SqlRemedy {
  private SqlRemedy() {}

  static String of(@Nullable String sqlState) {
    return switch (String.valueOf(sqlState)) {
      case "28P01" ->
          "set QUARKUS_DATASOURCE_USERNAME and QUARKUS_DATASOURCE_PASSWORD as the server knows them";
      case "28000" -> "let the server's pg_hba.conf admit this role from here, or use another role";
      case "3D000" -> "create the database, or name another one in QUARKUS_DATASOURCE_JDBC_URL";
      case "42501" -> "grant this role what it needs";
      case "53300" -> "raise max_connections, or lower QUARKUS_DATASOURCE_JDBC_MAX_SIZE";
      case "57P03" -> "wait until the server has started";
      case "42P01", "42703", "42883", "42601" ->
          "correct the statement, or create what it names; a key is bound as text and needs a cast";
      case "42P05", "26000" ->
          "a pooler mixes up prepared statements; add prepareThreshold=0 to"
              + " QUARKUS_DATASOURCE_JDBC_URL";
      case "57014" -> "see what holds it up, a lock perhaps";
      default ->
          "see that the server in QUARKUS_DATASOURCE_JDBC_URL runs and can be reached from here";
    };
  }
}
