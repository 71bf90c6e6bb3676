/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.postgresql.Driver;

/** What may be shown of a JDBC URL, and what may not, as the driver reads it. */
final class JdbcAddress {
  private static final List<String> SECRETS = List.of("password", "sslpassword");

  private JdbcAddress() {}

  /** Hosts and database. */
  static String of(String url) {
    Properties parsed = Driver.parseURL(url, new Properties());
    String hosts = parsed == null ? "" : parsed.getProperty("PGHOST", "localhost");
    if (parsed == null || hosts.indexOf('@') >= 0) {
      return "the database"; // what stands before an @ is likely to be a password
    }
    String[] names = hosts.split(",", -1);
    String[] ports = parsed.getProperty("PGPORT", "5432").split(",", -1);
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < names.length; i++) {
      addresses.add(names[i] + ":" + ports[Math.min(i, ports.length - 1)]);
    }
    return String.join(",", addresses) + "/" + parsed.getProperty("PGDBNAME", "");
  }

  /** The secrets in it. */
  static Stream<String> secrets(String url) {
    Properties parsed = Driver.parseURL(url, new Properties());
    return parsed == null
        ? Stream.empty()
        : SECRETS.stream().map(name -> parsed.getProperty(name, ""));
  }
}
