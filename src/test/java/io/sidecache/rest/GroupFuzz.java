/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import static io.sidecache.fuzz.Oracle.holds;
import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import io.vertx.core.MultiMap;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Fuzzes the groups that a fill names, against the grammar of RFC 9651 as an expression. */
public final class GroupFuzz {
  private static final String STRING = "\"(?:[ !#-\\[\\]-~]|\\\\[\"\\\\])*+\"";
  private static final String BARE =
      "(?:"
          + STRING
          + "|%\"(?:[ !#$&-~]|%[0-9a-f]{2})*+\"" // Display String
          + "|@?-?[0-9]{1,15}(?![0-9.])" // Integer, Date
          + "|-?[0-9]{1,12}\\.[0-9]{1,3}(?![0-9.])" // Decimal
          + "|[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*+" // Token
          + "|:[A-Za-z0-9+/]*+=*+:" // Byte Sequence
          + "|\\?[01])"; // Boolean
  private static final Pattern MEMBER = Pattern.compile("\\G(" + STRING + ")");
  private static final Pattern PARAMETER =
      Pattern.compile("\\G; *+[a-z*][a-z0-9_.*-]*+(?:=(?<value>" + BARE + "))?");
  private static final Pattern COMMA = Pattern.compile("\\G[ \t]*+,[ \t]*+(?=.)", Pattern.DOTALL);
  private static final Pattern END = Pattern.compile("\\G[ \t]*+\\z");

  private GroupFuzz() {}

  /**
   * One input: lines, whose first character tells the field: {@code g} Cache-Groups, {@code s}
   * Surrogate-Key, {@code x} xkey, {@code t} Cache-Tag.
   */
  public static void fuzzerTestOneInput(byte[] input) {
    MultiMap fields = MultiMap.caseInsensitiveMultiMap();
    List<String> groups = new ArrayList<>();
    List<String> blanks = new ArrayList<>();
    List<String> either = new ArrayList<>();
    List<String> commas = new ArrayList<>();
    for (String line : Oracle.latin1(input).split("\n", -1)) {
      String value = line.isEmpty() ? "" : line.substring(1).replace('\r', ' ');
      switch (line.isEmpty() ? ' ' : line.charAt(0)) {
        case 'g' -> add(fields, "Cache-Groups", value, groups);
        case 's' -> add(fields, "surrogate-key", value, blanks);
        case 'x' -> add(fields, "XKEY", value, either);
        case 't' -> add(fields, "Cache-Tag", value, commas);
        default -> {}
      }
    }
    Set<String> names = new LinkedHashSet<>();
    boolean wanted = true;
    Optional<List<String>> listed = list(String.join(",", groups));
    if (!groups.isEmpty()) {
      wanted = listed.isPresent();
      names.addAll(listed.orElse(List.of("")));
    }
    divide(names, blanks, " \t");
    divide(names, either, " \t,");
    divide(names, commas, ",");
    wanted &= names.size() <= 64 && names.stream().allMatch(GroupFuzz::isName);
    List<String> read;
    try {
      read = GroupFields.parse(fields);
    } catch (ProblemException e) {
      same(400, e.problem().status(), "the status");
      holds(!wanted, "groups were refused");
      return;
    }
    holds(wanted, "what are no groups was accepted");
    same(List.copyOf(names), read, "the groups");
    same(read, StringList.parse(StringList.write(read)), "the groups as they are written");
  }

  private static void add(MultiMap fields, String name, String value, List<String> lines) {
    fields.add(name, value);
    lines.add(value);
  }

  private static boolean isName(String name) {
    return name.length() >= 1
        && name.length() <= 512
        && name.chars().allMatch(c -> c >= 0x20 && c <= 0x7E);
  }

  /** Character by character; blanks at a name's ends do not belong to it. */
  private static void divide(Set<String> names, List<String> lines, String dividers) {
    for (String line : lines) {
      StringBuilder name = new StringBuilder();
      for (char c : (line + dividers.charAt(0)).toCharArray()) {
        if (dividers.indexOf(c) < 0) {
          name.append(c);
          continue;
        }
        String found = name.toString().replaceAll("^[ \t]++|(?<![ \t])[ \t]++\\z", "");
        if (!found.isEmpty()) {
          names.add(found);
        }
        name.setLength(0);
      }
    }
  }

  private static Optional<List<String>> list(String field) {
    String text = field.replaceAll("^ ++", "");
    List<String> members = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      String member = match(MEMBER, text, at);
      if (member == null) {
        return Optional.empty();
      }
      members.add(member.substring(1, member.length() - 1).replaceAll("\\\\(.)", "$1"));
      at += member.length();
      for (String one = parameter(text, at); one != null; one = parameter(text, at)) {
        at += one.length();
      }
      if (match(END, text, at) != null) {
        return Optional.of(members);
      }
      String comma = match(COMMA, text, at);
      if (comma == null) {
        return Optional.empty();
      }
      at += comma.length();
    }
    return Optional.of(members);
  }

  private static @Nullable String match(Pattern pattern, String text, int from) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find(from) ? matcher.group() : null;
  }

  private static @Nullable String parameter(String text, int from) {
    Matcher matcher = PARAMETER.matcher(text);
    if (!matcher.find(from)) {
      return null;
    }
    String value = matcher.group("value");
    boolean isGood =
        value == null
            || switch (value.charAt(0)) {
              case ':' -> isBase64(value.substring(1, value.length() - 1));
              case '%' -> isUtf8(value.substring(2, value.length() - 1));
              default -> true;
            };
    return isGood ? matcher.group() : null;
  }

  /** Padding may be missing (RFC 9651, section 4.2.7), but nothing may be too much. */
  private static boolean isBase64(String text) {
    String bare = text.replaceAll("=+$", "");
    int rest = bare.length() % 4;
    int padding = text.length() - bare.length();
    return rest != 1 && (padding == 0 || padding == (4 - rest) % 4);
  }

  private static boolean isUtf8(String text) {
    ByteBuffer octets = ByteBuffer.allocate(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '%') {
        octets.put((byte) Integer.parseInt(text.substring(i + 1, i + 3), 16));
        i += 2;
      } else {
        octets.put((byte) text.charAt(i));
      }
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(octets.flip());
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
