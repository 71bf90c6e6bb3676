/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Messages of drivers and servers as people may see them: the first line, without the passwords
 * that we know of, and without what stands before the host or behind the path of a URL.
 */
final class ForeignText {
  private static final Pattern CREDENTIALS = Pattern.compile("//[^/?#\\s]*@");
  private static final Pattern QUERY = Pattern.compile("(://[^\\s?]*)\\?\\S*");

  private final List<String> secrets;

  /** Hides these words wherever they stand. */
  ForeignText(List<String> secrets) {
    this.secrets =
        secrets.stream()
            .filter(secret -> !secret.isEmpty())
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
  }

  String of(SQLException e) {
    return "SQLSTATE " + e.getSQLState() + ", " + of(e.getMessage());
  }

  /** What nobody expected. */
  String of(Throwable e) {
    return e.getClass().getName() + ", " + of(e.getMessage());
  }

  String of(@Nullable String message) {
    String text = String.valueOf(message).lines().findFirst().orElse("");
    for (String secret : secrets) {
      text = text.replace(secret, "***");
    }
    text = CREDENTIALS.matcher(text).replaceAll("//");
    return QUERY.matcher(text).replaceAll("$1");
  }
}
