/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.dev;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The one database of a development JVM, handed to Quarkus as datasource settings.
 *
 * <p>The server outlives reloads, and with them the class loader that started it; what is known of
 * it lies in system properties, the one place that all class loaders share. A database that the
 * user configures is used as it is, and nothing is made in it.
 */
final class DevelopmentDatabase {
  private static final Logger LOG = Logger.getLogger(DevelopmentDatabase.class);
  private static final String URL = "quarkus.datasource.jdbc.url";
  private static final String URL_VARIABLE = "QUARKUS_DATASOURCE_JDBC_URL";
  private static final String PORT = "sidecache-dev.database-port";
  private static final String CLIENT_URL = "sidecache-dev.database-client-url";
  private static final int DEFAULT_PORT = 54_320;

  /** The server that this class loader started; none after a reload. */
  private static @Nullable EmbeddedDatabase started;

  private DevelopmentDatabase() {}

  /**
   * Starts and fills a server on first use; blocks meanwhile.
   *
   * @throws EmbeddedDatabaseException if it does not start
   */
  static synchronized void provide() {
    if (embeddedClientUrl().isPresent() || configuredUrl() != null) {
      return;
    }
    LOG.info("Starting an embedded PostgreSQL (the first time takes a few seconds more)");
    EmbeddedDatabase database =
        EmbeddedDatabase.start(Integer.getInteger(PORT, DEFAULT_PORT), Map.of());
    try {
      DemoData.fill(database.dataSource());
    } catch (SQLException | IOException e) {
      database.close();
      throw new EmbeddedDatabaseException(
          "the demonstration data could not be made: " + e.getMessage(), e);
    }
    System.setProperty(URL, database.jdbcUrl());
    System.setProperty("quarkus.datasource.username", EmbeddedDatabase.USER);
    System.setProperty("quarkus.datasource.password", EmbeddedDatabase.PASSWORD);
    System.setProperty(CLIENT_URL, database.clientUrl());
    started = database;
  }

  /**
   * Stops what {@link #provide} started; blocks meanwhile. An ordinary end of the JVM does without.
   */
  static synchronized void stop() {
    if (started != null) {
      started.close();
    }
  }

  /** The address for {@code psql} of the server that we started; empty where the user has one. */
  static Optional<String> embeddedClientUrl() {
    return Optional.ofNullable(System.getProperty(CLIENT_URL));
  }

  private static @Nullable String configuredUrl() {
    String property = System.getProperty(URL);
    return property == null ? System.getenv(URL_VARIABLE) : property;
  }
}
