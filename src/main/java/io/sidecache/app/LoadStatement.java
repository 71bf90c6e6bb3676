/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.cache.KeyForm;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;

/**
 * A configured {@code load} query as the PostgreSQL driver reads it: quotes, comments and operators
 * with question marks are the driver's to know.
 */
final class LoadStatement {
  private static final String TYPE =
      "(?<type>[A-Za-z_][\\w.]*+(?:\\s+varying\\b)?+"
          + "(?:\\s*\\(\\s*\\d+\\s*(?:,\\s*\\d+\\s*)?\\))?+"
          + "(?:\\s+with(?:out)?\\s+time\\s+zone\\b)?+)";

  /** What would make another type of it, or cast it again. */
  private static final String END = "(?!\\s*(?:\\[|\\(|::|precision\\b|array\\b)|[\\w.$])";

  private static final Pattern CAST_AFTER =
      Pattern.compile("\\s*::\\s*" + TYPE + END, Pattern.CASE_INSENSITIVE);
  private static final Pattern CAST_BEFORE =
      Pattern.compile("\\bcast\\s*\\(\\s*$", Pattern.CASE_INSENSITIVE);
  private static final Pattern CAST_END =
      Pattern.compile("\\s+as\\s+" + TYPE + "\\s*\\)" + END, Pattern.CASE_INSENSITIVE);

  private static final Pattern NESTED_BEFORE =
      Pattern.compile("\\bcast\\s*\\(\\s*cast\\s*\\(\\s*$", Pattern.CASE_INSENSITIVE);

  /** A parenthesis that is not a function's, right before; and its pair, right behind. */
  private static final Pattern OPEN = Pattern.compile("(?<![\\w\"\\s])\\s*+\\(\\s*$");

  private static final Pattern CLOSE = Pattern.compile("\\s*\\)");

  /** A cast of what stands before, a function's call perhaps. */
  private static final Pattern CAST = Pattern.compile("\\s*(?:\\)\\s*)?::");

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

  /** Its text with PostgreSQL's own parameters, {@code $1} and so on. */
  String nativeSql() {
    return query.nativeSql;
  }

  /** How many parameters it has. */
  int parameters() {
    return query.bindPositions.length;
  }

  /**
   * How each parameter's part of the key must be spelt, told by the type it is cast to.
   *
   * @throws IllegalArgumentException where that is not known; the message is for people
   */
  List<KeyForm> forms() {
    List<KeyForm> forms = new ArrayList<>();
    for (int i = 0; i < parameters(); i++) {
      forms.add(form(query.bindPositions[i], "$" + (i + 1)));
    }
    return forms;
  }

  private KeyForm form(int start, String placeholder) {
    String sql = query.nativeSql;
    // (?)::bigint is ?::bigint.
    Span key = bare(new Span(start, start + placeholder.length()));
    Matcher after = CAST_AFTER.matcher(sql).region(key.end(), sql.length());
    if (after.lookingAt()) {
      Span cast = bare(new Span(key.start(), after.end()));
      return once(!CAST.matcher(sql).region(cast.end(), sql.length()).lookingAt(), after);
    }
    String before = sql.substring(0, key.start());
    Matcher as = CAST_END.matcher(sql).region(key.end(), sql.length());
    boolean isArgument = CAST_BEFORE.matcher(before).find();
    if (isArgument && as.lookingAt()) {
      return once(!NESTED_BEFORE.matcher(before).find(), as);
    }
    if (isArgument || CAST.matcher(sql).region(key.end(), sql.length()).lookingAt()) {
      throw unreadable();
    }
    return new KeyForm.Text(OptionalInt.empty());
  }

  private static KeyForm once(boolean isOnce, Matcher cast) {
    if (!isOnce) {
      throw unreadable();
    }
    return KeyForm.ofType(cast.group("type"));
  }

  /** A part of the statement. */
  private record Span(int start, int end) {}

  /** This part with the parentheses around it, unless they are a function's. */
  private Span bare(Span inside) {
    Matcher open = OPEN.matcher(query.nativeSql).region(0, inside.start());
    Matcher close = CLOSE.matcher(query.nativeSql).region(inside.end(), query.nativeSql.length());
    return open.find() && close.lookingAt() ? bare(new Span(open.start(), close.end())) : inside;
  }

  private static IllegalArgumentException unreadable() {
    return new IllegalArgumentException(
        "casts a key in a way that its spelling cannot be told from: write ?::type, once, with a"
            + " plain type");
  }
}
