/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.postgresql.Driver;

/**
 * Where and how the listening connection is made: what a {@code jdbc:postgresql:} URL says, in the
 * terms of the Vert.x client. Immutable.
 *
 * <p>The URL is read by pgjdbc itself ({@code org.postgresql.Driver.parseURL}), so that hosts,
 * escapes and defaults mean here what they mean for the pool. Parameters that only concern JDBC are
 * ignored; those that would weaken what was asked for are refused. No message of this class
 * contains a password.
 */
final class ListenerAddress {
  private static final String APPLICATION_NAME = "sidecache-listener";
  private static final String SCHEME = "jdbc:postgresql:";

  private final List<Host> hosts;
  private final String database;
  private final Map<String, String> parameters;
  private final SslMode sslMode;

  /** One server to try. */
  record Host(String name, int port) {
    @Override
    public String toString() {
      return (name.indexOf(':') < 0 ? name : "[" + name + "]") + ":" + port;
    }
  }

  private ListenerAddress(List<Host> hosts, String database, Map<String, String> parameters) {
    this.hosts = List.copyOf(hosts);
    this.database = database;
    this.parameters = Map.copyOf(parameters);
    this.sslMode = sslMode(parameters);
    requireListenable();
  }

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException where it is not one of pgjdbc's, or asks for something that a
   *     listening connection cannot give
   */
  static ListenerAddress parse(String url) {
    Properties parsed = url.startsWith(SCHEME) ? Driver.parseURL(url, new Properties()) : null;
    if (parsed == null) {
      throw new IllegalArgumentException(
          "url must have the form jdbc:postgresql://host:port,host:port/database?parameters");
    }
    Map<String, String> parameters = new TreeMap<>();
    for (String name : parsed.stringPropertyNames()) {
      parameters.put(name, parsed.getProperty(name));
    }
    String database = parameters.get("PGDBNAME");
    if (database == null || database.isEmpty()) {
      throw new IllegalArgumentException("url must name a database");
    }
    String[] names = parameters.getOrDefault("PGHOST", "localhost").split(",", -1);
    String[] ports = parameters.getOrDefault("PGPORT", "5432").split(",", -1);
    List<Host> hosts = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      String port = ports[Math.min(i, ports.length - 1)];
      hosts.add(new Host(hostName(names[i]), Integer.parseInt(port)));
    }
    return new ListenerAddress(hosts, database, parameters);
  }

  private static String hostName(String text) {
    if (text.indexOf('@') >= 0) {
      // Not quoted: what stands before the @ is likely to be a password.
      throw new IllegalArgumentException(
          "url must not have a user before its host; give it as the user name setting");
    }
    if (text.startsWith("[") && text.endsWith("]")) {
      return text.substring(1, text.length() - 1);
    }
    return text.isEmpty() ? "localhost" : text;
  }

  private static SslMode sslMode(Map<String, String> parameters) {
    String mode = parameters.get("sslmode");
    if (mode == null) {
      String ssl = parameters.get("ssl");
      // pgjdbc: a bare "ssl" or "ssl=true" means verify-full; without either it prefers TLS.
      return ssl == null
          ? SslMode.PREFER
          : ssl.isEmpty() || Boolean.parseBoolean(ssl) ? SslMode.VERIFY_FULL : SslMode.PREFER;
    }
    return switch (mode.toLowerCase(Locale.ROOT)) {
      case "disable" -> SslMode.DISABLE;
      case "allow" -> SslMode.ALLOW;
      case "prefer" -> SslMode.PREFER;
      case "require" -> SslMode.REQUIRE;
      case "verify-ca" -> SslMode.VERIFY_CA;
      case "verify-full" -> SslMode.VERIFY_FULL;
      default ->
          throw new IllegalArgumentException(
              "sslmode must be disable, allow, prefer, require, verify-ca or verify-full, was "
                  + mode);
    };
  }

  private void requireListenable() {
    String target = parameters.getOrDefault("targetServerType", "any");
    switch (target) {
      case "any", "primary", "master", "preferPrimary" -> {
        // LISTEN needs a primary in any case: a standby is refused when it is met.
      }
      default ->
          throw new IllegalArgumentException(
              "targetServerType must be any or primary, since a standby cannot LISTEN, was "
                  + target);
    }
    if ("require".equals(parameters.get("channelBinding"))) {
      throw new IllegalArgumentException(
          "channelBinding=require is not supported on the listening connection; use sslmode");
    }
    connectTimeoutSeconds();
    if (sslMode == SslMode.VERIFY_CA || sslMode == SslMode.VERIFY_FULL) {
      rootCertificate();
    }
    if (parameters.containsKey("sslcert") != parameters.containsKey("sslkey")
        && !isPkcs12(parameters.getOrDefault("sslkey", ""))) {
      throw new IllegalArgumentException("sslcert and sslkey must be set together");
    }
  }

  List<Host> hosts() {
    return hosts;
  }

  String database() {
    return database;
  }

  /** The user that the URL itself names. */
  Optional<String> username() {
    return Optional.ofNullable(parameters.get("user"));
  }

  /**
   * Options for one connection to one host.
   *
   * @param password empty where the URL holds it, or where there is none
   * @param timeout bounds the TCP connect and the TLS handshake
   */
  PgConnectOptions options(
      Host host, Optional<String> username, Optional<String> password, Duration timeout) {
    int timeoutMillis = Math.toIntExact(timeout.toMillis());
    PgConnectOptions options = new PgConnectOptions();
    options
        .setHost(host.name())
        .setPort(host.port())
        .setDatabase(database)
        .setUser(username.or(this::username).orElseThrow())
        .setPassword(password.orElse(parameters.getOrDefault("password", "")))
        // Only what every pooler passes on; Vert.x would add extra_float_digits and more.
        .setProperties(startupParameters())
        .setCachePreparedStatements(false)
        .setTracingPolicy(TracingPolicy.IGNORE)
        .setTcpKeepAlive(true)
        .setTcpNoDelay(true)
        .setConnectTimeout(connectTimeoutMillis(timeoutMillis))
        .setSslHandshakeTimeout(timeoutMillis)
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    applyTls(options);
    return options;
  }

  private Map<String, String> startupParameters() {
    Map<String, String> startup = new TreeMap<>();
    startup.put("application_name", APPLICATION_NAME);
    startup.put("client_encoding", "utf8");
    String options = parameters.get("options");
    if (options != null && !options.isBlank()) {
      startup.put("options", options);
    }
    return startup;
  }

  private void applyTls(PgConnectOptions options) {
    options.setSslMode(sslMode);
    switch (sslMode) {
      case DISABLE -> {
        return;
      }
      case ALLOW, PREFER, REQUIRE -> options.setTrustAll(true);
      case VERIFY_CA ->
          options.setPemTrustOptions(new PemTrustOptions().addCertPath(rootCertificate()));
      case VERIFY_FULL -> {
        options.setHostnameVerificationAlgorithm("HTTPS");
        options.setPemTrustOptions(new PemTrustOptions().addCertPath(rootCertificate()));
      }
    }
    String key = parameters.get("sslkey");
    if (key == null) {
      return;
    }
    if (isPkcs12(key)) {
      options.setPfxKeyCertOptions(
          new PfxOptions().setPath(key).setPassword(parameters.getOrDefault("sslpassword", "")));
    } else {
      options.setPemKeyCertOptions(
          new PemKeyCertOptions()
              .setCertPath(parameters.getOrDefault("sslcert", ""))
              .setKeyPath(key));
    }
  }

  private static boolean isPkcs12(String key) {
    return key.endsWith(".p12") || key.endsWith(".pfx");
  }

  private String rootCertificate() {
    String named = parameters.get("sslrootcert");
    Path path =
        named != null
            ? Path.of(named)
            : Path.of(System.getProperty("user.home", ""), ".postgresql", "root.crt");
    if (!Files.isReadable(path)) {
      throw new IllegalArgumentException(
          "sslrootcert must be a readable PEM file for sslmode verify-ca and verify-full, was "
              + path);
    }
    return path.toString();
  }

  private int connectTimeoutMillis(int mostMillis) {
    int seconds = connectTimeoutSeconds();
    return seconds == 0 ? mostMillis : (int) Math.min(mostMillis, seconds * 1000L);
  }

  /** The URL's own bound in seconds, 0 for none, as pgjdbc has it. */
  private int connectTimeoutSeconds() {
    String text = parameters.getOrDefault("connectTimeout", "0");
    try {
      int seconds = Integer.parseInt(text);
      if (seconds >= 0) {
        return seconds;
      }
    } catch (NumberFormatException e) {
      // Told below, with the negative ones.
    }
    throw new IllegalArgumentException("connectTimeout must be 0 or more seconds, was " + text);
  }

  /** Hosts and database alone, for people. */
  @Override
  public String toString() {
    return String.join(",", hosts.stream().map(Host::toString).toList()) + "/" + database;
  }
}
