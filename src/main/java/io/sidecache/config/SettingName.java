/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.smallrye.config.NameIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a dotted property name below our prefix is. */
sealed interface SettingName {
  /** A setting that stands once. */
  record Single(String name) implements SettingName {}

  /** A setting that belongs to a name chosen by people. */
  record Named(String group, String key, String suffix) implements SettingName {}

  /**
   * A setting that takes one value, written as a list.
   *
   * @param name its full name, without the index
   */
  record NotAList(String name) implements SettingName {}

  /**
   * No setting of ours.
   *
   * @param segments its parts after the prefix, without quotes and list index
   */
  record Unknown(List<String> segments) implements SettingName {
    public Unknown {
      segments = List.copyOf(segments);
    }
  }

  /**
   * Recognises a name, with its quotes and its list index, but without a profile.
   *
   * @return null where the name is not below our prefix
   */
  static @Nullable SettingName of(String dotted) {
    if (!dotted.startsWith(SettingNames.PREFIX + ".")) {
      return null;
    }
    List<String> segments = segments(dotted.substring(SettingNames.PREFIX.length() + 1));
    String last = segments.getLast();
    int bracket = index(last);
    boolean indexed = bracket >= 0;
    List<String> plain = new ArrayList<>(segments);
    plain.set(plain.size() - 1, indexed ? last.substring(0, bracket) : last);

    Map<String, Boolean> suffixes = SettingNames.NAMED.get(plain.getFirst());
    if (suffixes != null) {
      Boolean list = plain.size() == 3 ? suffixes.get(plain.get(2)) : null;
      if (list == null || plain.get(1).isEmpty()) {
        return new Unknown(plain);
      }
      return indexed && !list
          ? new NotAList(SettingNames.of(plain.get(0), plain.get(1), plain.get(2)))
          : new Named(plain.get(0), plain.get(1), plain.get(2));
    }
    String name = String.join(".", plain);
    Boolean list = SettingNames.SINGLE.get(name);
    if (list == null) {
      return new Unknown(plain);
    }
    return indexed && !list ? new NotAList(SettingNames.of(name)) : new Single(name);
  }

  private static List<String> segments(String name) {
    List<String> segments = new ArrayList<>();
    for (NameIterator names = new NameIterator(name); names.hasNext(); names.next()) {
      segments.add(names.getNextSegment());
    }
    return segments.isEmpty() ? List.of("") : segments;
  }

  private static int index(String segment) {
    int bracket = segment.lastIndexOf('[');
    if (bracket < 0 || !segment.endsWith("]") || bracket == segment.length() - 2) {
      return -1;
    }
    String digits = segment.substring(bracket + 1, segment.length() - 1);
    return digits.chars().allMatch(c -> c >= '0' && c <= '9') ? bracket : -1;
  }
}
