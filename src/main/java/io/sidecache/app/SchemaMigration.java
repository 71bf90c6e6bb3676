/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.agroal.api.AgroalDataSource;
import io.agroal.api.AgroalPoolInterceptor;
import io.agroal.api.cache.ConnectionCache;
import io.agroal.api.configuration.AgroalDataSourceConfiguration;
import io.agroal.api.configuration.supplier.AgroalConnectionPoolConfigurationSupplier;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.transaction.TransactionIntegration;
import io.sidecache.app.SchemaInstallation.Outcome;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to install or upgrade schema {@code sidecache} by Flyway, whose history is a table in
 * the same schema. Blocks. Any number of sidecars may try at once: Flyway lets one after the other
 * (an advisory lock).
 *
 * <p>Looks first, on the pool: whether there is anything to do and whether this role may, since
 * Flyway repeats a refused CREATE SCHEMA for ten seconds (DbSchemas).
 */
final class SchemaMigration {
  private static final String SCHEMA = "sidecache";
  private static final String HISTORY = "flyway_schema_history";
  private static final int CONNECTIONS = 4;
  private static final Duration ACQUISITION = Duration.ofMinutes(1);

  /** Longer than any statement of ours; a dead server is noticed all the same. */
  private static final Duration SILENCE = Duration.ofMinutes(10);

  /** By the catalogues: to_regclass fails where the schema may not be used. */
  private static final String LOOK =
      """
      select pg_is_in_recovery(), current_user::text, current_database()::text,
             exists (select from ours where relname = 'invalidation'),
             (select has_schema_privilege(relnamespace, 'USAGE')
                and has_schema_privilege(relnamespace, 'CREATE') and has_table_privilege(oid, 'SELECT') and has_table_privilege(oid, 'INSERT')
              from ours where relname = 'flyway_schema_history'),
             has_database_privilege(current_database(), 'CREATE')
      """;

  /** The relations of our schema, whoever may see what of it. */
  static final String OURS =
      """
      with ours as (
        select c.oid, c.relname, c.relnamespace from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'sidecache')
      """;

  private static final String FORBIDDEN = "42501";
  private static final String DUPLICATE_SCHEMA = "42P06";

  /** States of a server that may be in another one soon (manual, appendix A). */
  private static final Set<String> PASSING =
      Set.of("25006", "40001", "40P01", "55P03", "57P01", "57P02", "57P03");

  private static final Set<String> PASSING_CLASSES = Set.of("08", "53");

  private final AgroalDataSource pool;

  SchemaMigration(AgroalDataSource pool) {
    this.pool = pool;
  }

  /** Does it, or says why not. */
  Outcome attempt() {
    Optional<Outcome> known;
    try (Connection connection = pool.getConnection()) {
      known = look(connection);
    } catch (SQLException e) {
      return new Outcome.Away(reason(e));
    }
    return known.isPresent() ? known.get() : migrate();
  }

  /** What is known without trying; empty where an attempt would be made. Changes nothing. */
  static Optional<Outcome> look(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(OURS + LOOK);
        ResultSet row = statement.executeQuery()) {
      row.next();
      String role = row.getString(2);
      boolean installed = row.getBoolean(4);
      Optional<Boolean> mayUpgrade = Optional.ofNullable((Boolean) row.getObject(5));
      if (installed && mayUpgrade.isEmpty()) {
        return Optional.of(new Outcome.ByHand());
      }
      if (row.getBoolean(1)) {
        return Optional.of(new Outcome.Away("the server is a standby"));
      }
      if (mayUpgrade.isPresent() && !mayUpgrade.get()) {
        return forbidden("role " + role + " may not change schema sidecache");
      }
      if (!installed && !row.getBoolean(6)) {
        return forbidden(
            "role " + role + " may not create a schema in database " + row.getString(3));
      }
      return Optional.empty();
    }
  }

  private static Optional<Outcome> forbidden(String reason) {
    return Optional.of(new Outcome.Forbidden(reason));
  }

  private Outcome migrate() {
    try (AgroalDataSource connections = AgroalDataSource.from(patient(pool.getConfiguration()))) {
      connections.setPoolInterceptors(List.of(new Patience()));
      return new Outcome.Current(flyway(connections).migrate().migrationsExecuted);
    } catch (FlywayException e) {
      return failed(e);
    } catch (SQLException e) {
      return new Outcome.Away(reason(e));
    }
  }

  /** The pool's address, TLS and credentials, with nothing shared but these. */
  private static AgroalDataSourceConfiguration patient(AgroalDataSourceConfiguration given) {
    return new AgroalDataSourceConfigurationSupplier()
        .connectionPoolConfiguration(
            new AgroalConnectionPoolConfigurationSupplier(given.connectionPoolConfiguration())
                .connectionCache(ConnectionCache.none())
                .transactionIntegration(TransactionIntegration.none())
                .initialSize(0)
                .minSize(0)
                .maxSize(CONNECTIONS)
                .acquisitionTimeout(ACQUISITION)
                .leakTimeout(Duration.ZERO)
                .maxLifetime(Duration.ZERO))
        .get();
  }

  /**
   * Lets statements take their time once a connection stands. Not by the property socketTimeout:
   * the URL's own would come before it, and connecting is to be bounded as for the pool.
   */
  private static final class Patience implements AgroalPoolInterceptor {
    @Override
    public void onConnectionCreate(Connection connection) {
      try {
        connection.setNetworkTimeout(Runnable::run, Math.toIntExact(SILENCE.toMillis()));
      } catch (SQLException e) {
        throw new IllegalStateException("the connection was lost at once", e);
      }
    }
  }

  private static Flyway flyway(AgroalDataSource connections) {
    return Flyway.configure(SchemaMigration.class.getClassLoader())
        .dataSource(connections)
        .schemas(SCHEMA)
        .defaultSchema(SCHEMA)
        .createSchemas(true)
        .table(HISTORY)
        // Both are given, so nothing is searched for.
        .resourceProvider(new SchemaResources())
        .javaMigrationClassProvider(List::of)
        .encoding(StandardCharsets.UTF_8)
        .placeholderReplacement(false)
        .cleanDisabled(true)
        .lockRetryCount(-1)
        .load();
  }

  private static Outcome failed(FlywayException e) {
    SQLException cause = sqlException(e);
    if (cause == null) {
      return new Outcome.Failed(firstLine(e));
    }
    String state = String.valueOf(cause.getSQLState());
    if (cause.getSQLState() == null
        || PASSING.contains(state)
        || PASSING_CLASSES.contains(state.substring(0, Math.min(2, state.length())))) {
      return new Outcome.Away(reason(cause));
    }
    return switch (state) {
      case FORBIDDEN -> new Outcome.Forbidden(reason(cause));
      // Of our script's first lines: someone was quicker, or Flyway's history was emptied.
      case DUPLICATE_SCHEMA -> new Outcome.ByHand();
      default -> new Outcome.Failed(reason(cause));
    };
  }

  private static @Nullable SQLException sqlException(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql) {
        return sql;
      }
    }
    return null;
  }

  private static String reason(SQLException e) {
    return "SQLSTATE " + e.getSQLState() + ", " + firstLine(e);
  }

  /** Flyway goes on with the script's text, PostgreSQL with details. */
  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }
}
