/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.testing.TestPostgres;
import io.sidecache.testing.TestPostgres.Database;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * The servers that the SQL is tested on. Each runs from the first time it is asked for until the
 * JVM ends, ready for logical replication and for prepared transactions.
 */
public enum SqlServer {
  NEWEST(Optional.empty()),
  /** Of the jar that the build copies to {@code target/postgres}. */
  OLDEST(Optional.of(Path.of("target", "postgres", "oldest.jar")));

  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static final Map<SqlServer, EmbeddedPostgres> RUNNING = new EnumMap<>(SqlServer.class);
  private static final String TEMPLATE = "sidecache_template";

  private final Optional<Path> binaries;

  SqlServer(Optional<Path> binaries) {
    this.binaries = binaries;
  }

  /** The script as it is shipped. */
  static String script() {
    try (InputStream in = SqlServer.class.getResourceAsStream("/db/sidecache/V1__sidecache.sql")) {
      if (in == null) {
        throw new IllegalStateException("the script is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new database with the schema in it. */
  Database installed() {
    return create("template " + running(), "sql");
  }

  /** A new database without it. */
  Database empty() {
    running();
    return create("", "plain");
  }

  private Database create(String with, String prefix) {
    String name = prefix + "_" + DATABASES.incrementAndGet();
    database("postgres").execute("create database " + name + " " + with);
    return database(name);
  }

  private String running() {
    synchronized (RUNNING) {
      if (!RUNNING.containsKey(this)) {
        binaries.ifPresent(jar -> assertThat(jar).exists());
        RUNNING.put(this, start());
        database("postgres").execute("create database " + TEMPLATE);
        database(TEMPLATE).execute(script());
      }
    }
    return TEMPLATE;
  }

  private Database database(String name) {
    EmbeddedPostgres running;
    synchronized (RUNNING) {
      running = Objects.requireNonNull(RUNNING.get(this), "the server has not been started");
    }
    return new Database("127.0.0.1", running.getPort(), name);
  }

  private EmbeddedPostgres start() {
    try {
      return TestPostgres.startOnFreePort(this::builder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EmbeddedPostgres.Builder builder() {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setRegisterShutdownHook(true)
            .setPGStartupWait(Duration.ofMinutes(1))
            .setServerConfig("wal_level", "logical")
            .setServerConfig("max_prepared_transactions", "3000")
            .setServerConfig("fsync", "off")
            .setOutputRedirector(ProcessBuilder.Redirect.DISCARD);
    binaries.ifPresent(jar -> builder.setPgBinaryResolver(archiveIn(jar)));
    return builder;
  }

  private static PgBinaryResolver archiveIn(Path jar) {
    return (system, machine) -> {
      try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(jar))) {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          if (entry.getName().endsWith(".txz")) {
            return new ByteArrayInputStream(zip.readAllBytes());
          }
        }
      }
      throw new IOException("no archive in " + jar);
    };
  }
}
