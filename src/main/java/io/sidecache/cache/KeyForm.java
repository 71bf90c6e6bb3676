/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The one spelling that a part of a key may have, told by the type that a {@code load} query casts
 * its parameter to.
 *
 * <p>{@code 042} and {@code 42} are the same {@code bigint}, {@code 1.50} and {@code 1.5} the same
 * {@code numeric}, but different keys: the value loaded for the one would never hear of the change
 * that is told as the other. So each value has one spelling, the one that {@code sidecache.attach}
 * writes (docs/adr/0010): a read-through cache takes a key in it alone, and what a notification
 * names is put into it.
 *
 * <p>The forms are known here, without asking PostgreSQL, so that notifications can be read on the
 * event loop. A type whose form is not known here cannot be a key.
 */
public sealed interface KeyForm {
  /**
   * The spelling of the value that a text stands for in one of the notations that PostgreSQL
   * prints; empty where that cannot be told, or the type has no such value.
   */
  Optional<String> spelled(String text);

  /** Whether the text is spelt so already. */
  default boolean fits(String text) {
    return spelled(text).filter(text::equals).isPresent();
  }

  /**
   * Text, compared as it is.
   *
   * @param longest what {@code varchar(n)} cuts off behind, in characters
   */
  record Text(OptionalInt longest) implements KeyForm {
    @Override
    public Optional<String> spelled(String text) {
      return isWithin(text, longest) ? Optional.of(text) : Optional.empty();
    }
  }

  /**
   * {@code character(n)}, without the blanks at its end, which do not count in comparisons (manual,
   * "Character Types").
   */
  record Padded(OptionalInt longest) implements KeyForm {
    @Override
    public Optional<String> spelled(String text) {
      int end = text.length();
      while (end > 0 && text.charAt(end - 1) == ' ') {
        end--;
      }
      String trimmed = text.substring(0, end);
      return !trimmed.isEmpty() && isWithin(trimmed, longest)
          ? Optional.of(trimmed)
          : Optional.empty();
    }
  }

  /** A whole number of so many bytes, without leading zeros, plus sign or blanks. */
  record Whole(int bytes) implements KeyForm {
    @Override
    public Optional<String> spelled(String text) {
      try {
        long number = Long.parseLong(text);
        int spareBits = Long.SIZE - 8 * bytes;
        return Long.toString(number).equals(text) && number << spareBits >> spareBits == number
            ? Optional.of(text)
            : Optional.empty();
      } catch (NumberFormatException notANumber) {
        return Optional.empty();
      }
    }
  }

  /** A UUID in lower case with its four hyphens (RFC 9562, section 4). */
  record Uuid() implements KeyForm {
    private static final Pattern FORM =
        Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    @Override
    public Optional<String> spelled(String text) {
      String lower = text.toLowerCase(Locale.ROOT);
      return FORM.matcher(lower).matches() ? Optional.of(lower) : Optional.empty();
    }
  }

  /**
   * {@code numeric}, without zeros at the end of its fraction.
   *
   * @param precision how many digits it may have, empty for {@code numeric} alone
   * @param scale how many of them stand behind the point; PostgreSQL would round what has more
   */
  record Decimal(OptionalInt precision, int scale) implements KeyForm {
    private static final Pattern FORM = Pattern.compile("-?[0-9]{1,512}(\\.[0-9]{1,512})?");

    @Override
    public Optional<String> spelled(String text) {
      if (text.equals("NaN")
          || (precision.isEmpty() && (text.equals("Infinity") || text.equals("-Infinity")))) {
        return Optional.of(text);
      }
      if (!FORM.matcher(text).matches()) {
        return Optional.empty();
      }
      BigDecimal number = new BigDecimal(text).stripTrailingZeros();
      if (number.signum() == 0) {
        return Optional.of("0");
      }
      return precision.isEmpty()
              || (number.scale() <= scale
                  && number.precision() - number.scale() <= precision.getAsInt() - scale)
          ? Optional.of(number.toPlainString())
          : Optional.empty();
    }
  }

  /** {@code true} or {@code false}, which a type's output function abbreviates. */
  record Truth() implements KeyForm {
    @Override
    public Optional<String> spelled(String text) {
      return switch (text) {
        case "t", "true" -> Optional.of("true");
        case "f", "false" -> Optional.of("false");
        default -> Optional.empty();
      };
    }
  }

  /** {@code bytea} in lower-case hexadecimal. */
  record Bytes() implements KeyForm {
    private static final Pattern FORM = Pattern.compile("\\\\x([0-9a-f]{2})*");

    @Override
    public Optional<String> spelled(String text) {
      String lower = text.toLowerCase(Locale.ROOT);
      return FORM.matcher(lower).matches() ? Optional.of(lower) : Optional.empty();
    }
  }

  /** {@code date}, ISO, of the years 1 to 9999. */
  record Day() implements KeyForm {
    @Override
    public Optional<String> spelled(String text) {
      return MomentText.day(text);
    }
  }

  /**
   * {@code timestamp} or {@code timestamptz}, ISO, of the years 1 to 9999, the latter in UTC.
   *
   * @param zoned whether it is a {@code timestamptz}
   * @param digits how many digits its fraction may have, 0 to 6; PostgreSQL would round what has
   *     more
   */
  record Moment(boolean zoned, int digits) implements KeyForm {
    @Override
    public Optional<String> spelled(String text) {
      return MomentText.moment(text, zoned, digits);
    }
  }

  /**
   * The form of a type's values.
   *
   * @param type the type's name as SQL has it
   * @throws IllegalArgumentException where it is not known how values of the type are spelt; the
   *     message is for people
   */
  static KeyForm ofType(String type) {
    Matcher parts =
        TypeName.FORM.matcher(type.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw unknown(type);
    }
    String name = parts.group("name") + (parts.group("zone") == null ? "" : parts.group("zone"));
    OptionalInt first = number(parts.group("first"));
    return switch (name) {
      case "text" -> new Text(OptionalInt.empty());
      case "varchar", "character varying" -> new Text(first);
      case "char", "character" -> new Padded(first.isPresent() ? first : OptionalInt.of(1));
      case "bpchar" -> new Padded(first);
      case "smallint", "int2" -> new Whole(Short.BYTES);
      case "integer", "int", "int4" -> new Whole(Integer.BYTES);
      case "bigint", "int8" -> new Whole(Long.BYTES);
      case "uuid" -> new Uuid();
      case "numeric", "decimal", "dec" ->
          new Decimal(first, number(parts.group("second")).orElse(0));
      case "boolean", "bool" -> new Truth();
      case "bytea" -> new Bytes();
      case "date" -> new Day();
      case "timestamp", "timestamp without time zone" -> new Moment(false, digits(first));
      case "timestamptz", "timestamp with time zone" -> new Moment(true, digits(first));
      default -> throw unknown(type);
    };
  }

  private static int digits(OptionalInt given) {
    return Math.min(6, given.orElse(6));
  }

  private static OptionalInt number(@Nullable String digits) {
    return digits == null ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(digits));
  }

  private static boolean isWithin(String text, OptionalInt longest) {
    return longest.isEmpty() || text.codePointCount(0, text.length()) <= longest.getAsInt();
  }

  private static IllegalArgumentException unknown(String type) {
    return new IllegalArgumentException(
        "casts a key to "
            + type
            + ", of which no single spelling is known: cast to a whole number, numeric, uuid, text,"
            + " varchar, char, boolean, bytea, date, timestamp or timestamptz");
  }

  /** A type's name, perhaps with lengths and with words behind them. */
  final class TypeName {
    private static final Pattern FORM =
        Pattern.compile(
            "(?:pg_catalog\\.)?(?<name>[a-z_][a-z_0-9.]*(?: varying)?)"
                + " ?(?:\\( ?(?<first>[0-9]{1,8}) ?(?:, ?(?<second>[0-9]{1,8}) ?)?\\))?"
                + "(?<zone> with(?:out)? time zone)?");

    private TypeName() {}
  }
}
