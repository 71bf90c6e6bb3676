/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.cache.KeyForm;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;

/**
 * A configured {@code load} query as the PostgreSQL driver reads it: quotes, comments and operators
 * with question marks are the driver's to know.
 */
final class LoadStatement {
  private static final Pattern CAST_AFTER =
      Pattern.compile(
          "\\s*::\\s*("
              + "[A-Za-z_][\\w.]*( varying| precision| with(out)? time zone)?"
              + "(\\s*\\(\\s*\\d+\\s*(,\\s*\\d+\\s*)?\\))?( with(out)? time zone)?)(?!\\s*\\[)",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern CAST_BEFORE =
      Pattern.compile("\\bcast\\s*\\(\\s*$", Pattern.CASE_INSENSITIVE);
  private static final Pattern CAST_END =
      Pattern.compile("\\s+as\\s+([^()]+(\\([^()]*\\)[^()]*)?)\\)", Pattern.CASE_INSENSITIVE);

  private final NativeQuery query;

  private LoadStatement(NativeQuery query) {
    this.query = query;
  }

  /**
   * Reads a query.
   *
   * @throws IllegalArgumentException where the driver cannot read it, or it is not one statement
   */
  static LoadStatement parse(String sql) {
    List<NativeQuery> statements;
    try {
      statements = Parser.parseJdbcSql(sql, true, true, true, true, true);
    } catch (SQLException e) {
      throw new IllegalArgumentException("must be SQL that the driver can read", e);
    }
    if (statements.size() != 1) {
      throw new IllegalArgumentException("must be one statement, found " + statements.size());
    }
    return new LoadStatement(statements.getFirst());
  }

  /** How many parameters it has. */
  int parameters() {
    return query.bindPositions.length;
  }

  /** How each parameter's part of the key must be spelt, told by the type it is cast to. */
  List<KeyForm> forms() {
    List<KeyForm> forms = new ArrayList<>();
    for (int i = 0; i < parameters(); i++) {
      forms.add(form(query.bindPositions[i], "$" + (i + 1)));
    }
    return forms;
  }

  private KeyForm form(int start, String placeholder) {
    String sql = query.nativeSql;
    int end = start + placeholder.length();
    Matcher after = CAST_AFTER.matcher(sql).region(end, sql.length());
    if (after.lookingAt()) {
      return KeyForm.ofType(after.group(1));
    }
    Matcher as = CAST_END.matcher(sql).region(end, sql.length());
    if (CAST_BEFORE.matcher(sql.substring(0, start)).find() && as.lookingAt()) {
      return KeyForm.ofType(as.group(1));
    }
    return new KeyForm.Text();
  }
}
