/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What PostgreSQL makes of a {@code load} statement without running it: it is prepared with text
 * for each part of the key, as the sidecar does, and its plan is asked for, which fails where the
 * role may not read.
 *
 * <p>By SQL's own PREPARE, in one transaction, so that it works through a transaction pooler too,
 * and with a generic plan, since one for a NULL key would read nothing.
 */
final class LoadPlan {
  private static final String NAME = "sidecache_doctor";

  private static final String TABLES =
      """
      select distinct c.oid::regclass::text
        from unnest(?::text[], ?::text[]) named (home, name)
        join pg_namespace n on n.nspname = named.home
        join pg_class c on c.relnamespace = n.oid and c.relname = named.name
       where n.nspname not in ('pg_catalog', 'information_schema')
       order by 1
      """;

  private LoadPlan() {}

  /** The tables that it reads, views resolved, as this session names them. Blocks. */
  static List<String> tables(Connection connection, LoadStatement load) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute("set local plan_cache_mode = force_generic_plan");
      statement.execute(
          "prepare %s(%s) as %s"
              .formatted(NAME, repeated("varchar", load.parameters()), load.nativeSql()));
      return named(connection, plan(statement, load));
    } finally {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  /** A prepared statement outlives its transaction, whatever becomes of that. */
  private static String plan(Statement statement, LoadStatement load) throws SQLException {
    statement.execute("savepoint prepared");
    try (ResultSet row =
        statement.executeQuery(
            "explain (verbose, costs off, format json) execute %s(%s)"
                .formatted(NAME, repeated("null", load.parameters())))) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      statement.execute("rollback to savepoint prepared");
      throw e;
    } finally {
      statement.execute("deallocate " + NAME);
    }
  }

  private static String repeated(String word, int times) {
    return String.join(", ", Collections.nCopies(times, word));
  }

  private static List<String> named(Connection connection, String plan) throws SQLException {
    List<String> homes = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (JsonNode node : nodes(plan)) {
      homes.add(node.path("Schema").asText());
      names.add(node.path("Relation Name").asText());
    }
    List<String> tables = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(TABLES)) {
      statement.setArray(1, connection.createArrayOf("text", homes.toArray()));
      statement.setArray(2, connection.createArrayOf("text", names.toArray()));
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          tables.add(row.getString(1));
        }
      }
    }
    return tables;
  }

  /** The nodes of a plan that read a relation. */
  private static List<JsonNode> nodes(String plan) throws SQLException {
    try {
      return new ObjectMapper().readTree(plan).findParents("Relation Name");
    } catch (JsonProcessingException e) {
      throw new SQLException("the plan is no JSON", e);
    }
  }
}
