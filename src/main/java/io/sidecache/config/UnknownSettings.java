/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What to tell people about a name that is no setting. The value is never shown: it may be a
 * secret.
 */
final class UnknownSettings {
  private static final String IS_NOT = "is not a setting; ";

  private UnknownSettings() {}

  /**
   * The rule for a dotted name.
   *
   * @param segments its parts after the prefix
   */
  static String rule(List<String> segments) {
    String section = segments.getFirst();
    Map<String, Boolean> suffixes = SettingNames.NAMED.get(section);
    if (suffixes != null && segments.size() == 3) {
      return IS_NOT
          + Spelling.nearest(segments.get(2), suffixes.keySet())
              .map(suffix -> meant(SettingNames.of(section, segments.get(1), suffix)))
              .orElseGet(() -> oneOf(SettingNames.of(section, segments.get(1)), section));
    }
    if (suffixes != null) {
      String shape = SettingNames.of(section) + ".<name>.<setting>";
      return "is not a setting; it has the form "
          + shape
          + ", with a name that holds dots in double quotes"
          + ("channels".equals(section) ? ", or any name and the channel's own as name:" : "");
    }
    String written = String.join(".", segments);
    return IS_NOT
        + Spelling.nearest(written, candidates())
            .map(name -> meant(SettingNames.of(name)))
            .orElseGet(() -> oneOf(SettingNames.of(section), section));
  }

  /** The rule for an environment variable. */
  static String ruleForVariable(String variable) {
    List<String> names = new ArrayList<>();
    for (String single : SettingNames.SINGLE.keySet()) {
      names.add(SettingNames.environmentForm(SettingNames.of(single)));
    }
    SettingNames.NAMED.forEach(
        (group, suffixes) -> {
          String start = SettingNames.environmentForm(SettingNames.of(group)) + "_";
          if (variable.toUpperCase(Locale.ROOT).startsWith(start)) {
            suffixes.keySet().forEach(suffix -> names.addAll(candidates(variable, start, suffix)));
          }
        });
    return IS_NOT
        + Spelling.nearest(variable, names)
            .map(UnknownSettings::meant)
            .orElse("no setting has a name that this variable could stand for");
  }

  // The chosen name may have any length, so the end is compared with as many parts as it has.
  private static List<String> candidates(String variable, String start, String suffix) {
    String end = SettingNames.environmentForm(suffix);
    long parts = end.chars().filter(c -> c == '_').count() + 1;
    int cut = variable.length();
    for (long i = 0; i < parts && cut > 0; i++) {
      cut = variable.lastIndexOf('_', cut - 1);
    }
    return cut >= start.length() ? List.of(variable.substring(0, cut + 1) + end) : List.of();
  }

  private static List<String> candidates() {
    List<String> names = new ArrayList<>(SettingNames.SINGLE.keySet());
    names.addAll(SettingNames.NAMED.keySet());
    return names;
  }

  private static String meant(String name) {
    return "did you mean " + name + "?";
  }

  private static String oneOf(String place, String section) {
    List<String> below = SettingNames.below(section);
    return below.isEmpty()
        ? "below sidecache. there are: " + String.join(", ", SettingNames.sections())
        : "below " + place + ". there are: " + String.join(", ", below);
  }
}
