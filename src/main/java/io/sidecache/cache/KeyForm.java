/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The one spelling that a part of a key may have, told by the type that a {@code load} query casts
 * its parameter to.
 *
 * <p>{@code 042} and {@code 42} are the same {@code bigint}, but different keys: the value loaded
 * for the first would never hear of the change that is notified as the second. So a read-through
 * cache takes a key only as PostgreSQL itself would print it.
 */
public sealed interface KeyForm {
  /** Any text; it is compared as it is. */
  record Text() implements KeyForm {}

  /** A whole number of so many bytes, without leading zeros, plus sign or blanks. */
  record Whole(int bytes) implements KeyForm {}

  /** A UUID in lower case with its four hyphens (RFC 9562, section 4). */
  record Uuid() implements KeyForm {}

  /** A type whose text form PostgreSQL must be asked for, such as {@code numeric(10,2)}. */
  record Other(String type) implements KeyForm {
    private static final Pattern TYPE_NAME =
        Pattern.compile(
            "[\\p{Alnum}_.\"]+( [\\p{Alnum}_]+)*( ?\\([0-9]+( ?, ?[0-9]+)?\\))?( [a-z ]+)?");

    public Other {
      if (!TYPE_NAME.matcher(type).matches()) {
        throw new IllegalArgumentException("type must be the name of a type, was " + type);
      }
    }
  }

  /** The form of a type's values. */
  static KeyForm ofType(String type) {
    String name = type.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    return switch (name) {
      case "text", "varchar", "character varying" -> new Text();
      case "smallint", "int2" -> new Whole(Short.BYTES);
      case "integer", "int", "int4" -> new Whole(Integer.BYTES);
      case "bigint", "int8" -> new Whole(Long.BYTES);
      case "uuid" -> new Uuid();
      default -> new Other(type.strip());
    };
  }

  /** Whether the text has this form, as far as it can be told without asking PostgreSQL. */
  default boolean fits(String text) {
    return switch (this) {
      case Text ignored -> true;
      case Whole whole -> isWhole(text, whole.bytes());
      case Uuid ignored -> UUID.matcher(text).matches();
      case Other ignored -> true;
    };
  }

  /** The spelling of a UUID that PostgreSQL prints. */
  Pattern UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

  private static boolean isWhole(String text, int bytes) {
    try {
      long number = Long.parseLong(text);
      int spareBits = Long.SIZE - 8 * bytes;
      return Long.toString(number).equals(text) && number << spareBits >> spareBits == number;
    } catch (NumberFormatException notANumber) {
      return false;
    }
  }
}
