/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Our settings among the environment variables.
 *
 * <p>SmallRye Config finds a variable when it is asked for a name, but cannot guess a name from a
 * variable: {@code SIDECACHE_CHANNELS_NEW_PRODUCT_CHANNEL_CACHE} could be any division into dots,
 * dashes and underscores. We know what may stand at the end, so we can: the middle is the name that
 * people chose, in lower case, or spelt as in another source that has the same one.
 *
 * @param properties dotted names and values of the settings that belong to a chosen name
 * @param unknown variables with our prefix that are no settings
 */
record EnvironmentVariables(SortedMap<String, String> properties, SortedSet<String> unknown) {
  private static final String PREFIX = "SIDECACHE_";
  private static final Pattern OURS = Pattern.compile("(?i)SIDECACHE_[A-Z0-9_]*");
  private static final Pattern INDEXED = Pattern.compile("(.+)_([0-9]{1,6})_");

  // Kubernetes sets these in every container for each Service of the namespace, and a Service may
  // well be called sidecache or sidecache-relay (Kubernetes manual, "Accessing the Service";
  // the PORT forms are Docker's links).
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "(?:.*_)?(?:SERVICE_HOST|SERVICE_PORT(?:_.*)?|PORT"
              + "|PORT_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)");

  /**
   * Divides the variables.
   *
   * @param variables the environment
   * @param otherNames dotted names of the settings in all other sources, for their spelling
   */
  static EnvironmentVariables read(Map<String, String> variables, Collection<String> otherNames) {
    EnvironmentVariables found = new EnvironmentVariables(new TreeMap<>(), new TreeSet<>());
    for (Map.Entry<String, String> variable : variables.entrySet()) {
      if (isOurs(variable.getKey())) {
        found.add(variable.getKey(), variable.getValue(), otherNames);
      }
    }
    return found;
  }

  /** Whether a variable has our prefix, in whatever case. */
  static boolean isOurs(String variable) {
    return OURS.matcher(variable).matches();
  }

  private void add(String variable, String value, Collection<String> otherNames) {
    String rest = variable.substring(PREFIX.length()).toUpperCase(Locale.ROOT);
    for (Map.Entry<String, Map<String, Boolean>> group : SettingNames.NAMED.entrySet()) {
      String start = SettingNames.environmentForm(group.getKey()) + "_";
      if (rest.startsWith(start)) {
        Optional<Division> division = divide(group.getValue(), rest.substring(start.length()));
        if (division.isPresent()) {
          put(group.getKey(), division.get(), value, otherNames);
          return;
        }
      }
    }
    if (!isSingle(rest) && !SERVICE_LINK.matcher(rest).matches()) {
      unknown.add(variable);
    }
  }

  private void put(String group, Division division, String value, Collection<String> otherNames) {
    for (String key : keys(group, division.middle(), otherNames)) {
      properties.put(SettingNames.of(group, key, division.suffix()), value);
    }
  }

  private record Division(String middle, String suffix) {}

  // No setting's name ends with an underscore and another one's, so at most one division fits; a
  // test holds the table to that.
  private static Optional<Division> divide(Map<String, Boolean> suffixes, String tail) {
    Matcher indexed = INDEXED.matcher(tail);
    boolean list = indexed.matches();
    String name = list ? indexed.group(1) : tail;
    for (Map.Entry<String, Boolean> suffix : suffixes.entrySet()) {
      String end = "_" + SettingNames.environmentForm(suffix.getKey());
      if (name.endsWith(end) && name.length() > end.length() && (suffix.getValue() || !list)) {
        return Optional.of(
            new Division(
                name.substring(0, name.length() - end.length()),
                list ? suffix.getKey() + "[" + indexed.group(2) + "]" : suffix.getKey()));
      }
    }
    return Optional.empty();
  }

  private static Collection<String> keys(
      String group, String middle, Collection<String> otherNames) {
    List<String> spelt =
        otherNames.stream()
            .map(SettingName::of)
            .filter(SettingName.Named.class::isInstance)
            .map(SettingName.Named.class::cast)
            .filter(name -> name.group().equals(group))
            .map(SettingName.Named::key)
            .filter(key -> SettingNames.environmentForm(key).equals(middle))
            .distinct()
            .toList();
    return spelt.isEmpty() ? List.of(middle.toLowerCase(Locale.ROOT)) : spelt;
  }

  private static boolean isSingle(String rest) {
    Matcher indexed = INDEXED.matcher(rest);
    String name = indexed.matches() ? indexed.group(1) : rest;
    return SettingNames.SINGLE.entrySet().stream()
        .anyMatch(
            single ->
                SettingNames.environmentForm(single.getKey()).equals(name)
                    && (single.getValue() || !indexed.matches()));
  }
}
