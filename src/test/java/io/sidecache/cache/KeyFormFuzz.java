/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Fuzzes the spellings of keys: each has one, which stands for the same value. */
public final class KeyFormFuzz {
  private static final List<KeyForm> FORMS =
      Stream.of(
              "text",
              "varchar(5)",
              "char(4)",
              "bpchar",
              "smallint",
              "int",
              "bigint",
              "uuid",
              "numeric",
              "numeric(6,2)",
              "bool",
              "bytea",
              "date",
              "timestamp(3)",
              "timestamptz")
          .map(KeyForm::ofType)
          .toList();

  private KeyFormFuzz() {}

  /** One input: the text of a key, of each type in turn. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = Oracle.utf8(input);
    for (KeyForm form : FORMS) {
      Optional<String> spelled = form.spelled(text);
      spelled.ifPresent(
          one -> {
            same(spelled, form.spelled(one), "the spelling of a spelling of " + form);
            holds(form.fits(one), "a spelling fits");
            holds(one.length() <= 2 * text.length() + 4, "a spelling is not much longer");
            sameValue(form, text, one);
          });
      same(spelled.equals(Optional.of(text)), form.fits(text), "whether it fits");
    }
    whole(text);
  }

  private static void sameValue(KeyForm form, String text, String one) {
    switch (form) {
      case KeyForm.Text ignored -> same(text, one, "a text");
      case KeyForm.Padded ignored -> same(text.replaceAll(" +\\z", ""), one, "a padded text");
      case KeyForm.Whole ignored -> same(text, new BigInteger(one).toString(), "a number");
      case KeyForm.Uuid ignored -> same(UUID.fromString(text).toString(), one, "a UUID");
      case KeyForm.Decimal ignored -> {
        if (!text.endsWith("NaN") && !text.endsWith("Infinity")) {
          same(0, new BigDecimal(text).compareTo(new BigDecimal(one)), "the same decimal");
        }
      }
      case KeyForm.Truth ignored -> holds(one.startsWith(text), "the same truth");
      case KeyForm.Bytes ignored -> holds(one.equalsIgnoreCase(text), "the same bytes");
      case KeyForm.Day ignored -> {
        if (!text.endsWith("infinity")) {
          same(LocalDate.parse(text).toString(), one, "a day");
        }
      }
      case KeyForm.Moment moment -> {
        if (!text.endsWith("infinity")) {
          same(instant(text, moment.zoned()), instant(one, moment.zoned()), "the same moment");
        }
      }
    }
  }

  private static OffsetDateTime instant(String text, boolean zoned) {
    String iso = text.replace(' ', 'T');
    String full = zoned ? iso.matches("(?s).*[+-][0-9]{2}") ? iso + ":00" : iso : iso + "Z";
    return OffsetDateTime.parse(full).withOffsetSameInstant(java.time.ZoneOffset.UTC);
  }

  private static void whole(String text) {
    boolean plain = text.matches("0|-?[1-9][0-9]{0,20}");
    List<Integer> bits = List.of(Short.SIZE, Integer.SIZE, Long.SIZE);
    for (int i = 0; i < bits.size(); i++) {
      same(
          plain && new BigInteger(text).bitLength() < bits.get(i),
          FORMS.get(4 + i).fits(text),
          "whether it is a number of " + bits.get(i) + " bits");
    }
  }
}
