/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The contract of a {@code load}'s columns: the first is the value and tells the media type; {@code
 * content_type}, {@code groups} and {@code max_age} are known by name.
 */
final class RowReader {
  private final Function<Object, Duration> intervals;

  RowReader(Function<Object, Duration> intervals) {
    this.intervals = intervals;
  }

  /** The row's value; empty where its first column is NULL. */
  Optional<Value> read(ResultSet row) throws SQLException {
    ResultSetMetaData columns = row.getMetaData();
    String type = columns.getColumnTypeName(1).toLowerCase(Locale.ROOT);
    byte[] body;
    String mediaType;
    switch (type) {
      case "bytea" -> {
        body = row.getBytes(1);
        mediaType = "application/octet-stream";
      }
      case "json", "jsonb" -> {
        body = utf8(row.getString(1));
        mediaType = "application/json";
      }
      default -> {
        body = utf8(row.getString(1));
        mediaType = "text/plain; charset=utf-8";
      }
    }
    if (body == null) {
      return Optional.empty();
    }
    List<String> groups = List.of();
    Optional<Duration> life = Optional.empty();
    for (int i = 2; i <= columns.getColumnCount(); i++) {
      switch (columns.getColumnLabel(i).toLowerCase(Locale.ROOT)) {
        case "content_type" -> {
          String named = row.getString(i);
          if (named != null && !Value.isFieldValue(named)) {
            throw new Loader.LoadException(
                Loader.Reason.FAILED,
                "the column content_type of a load must be visible ASCII of at most "
                    + Value.MAXIMUM_FIELD_CHARS
                    + " characters");
          }
          mediaType = named == null ? mediaType : named;
        }
        case "groups" -> groups = texts(row.getArray(i));
        case "max_age" -> life = Optional.ofNullable(row.getObject(i)).map(intervals);
        default -> {} // a column that the contract does not name
      }
    }
    return Optional.of(new Value(body, mediaType, Optional.empty(), groups, life));
  }

  private static byte @Nullable [] utf8(@Nullable String text) {
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> texts(@Nullable Array array) throws SQLException {
    if (array == null) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (Object element : (Object[]) array.getArray()) {
      if (element != null) {
        texts.add(element.toString());
      }
    }
    return texts;
  }
}
