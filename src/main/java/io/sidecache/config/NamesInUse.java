/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.smallrye.config.ConfigValue;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * The names below our prefix that the configuration sources hold.
 *
 * <p>Each source is asked for itself. SmallRye Config's own list of all names also holds its
 * guesses at what an environment variable may stand for, and a wrong guess would look like a
 * channel that nobody has configured.
 */
final class NamesInUse {
  private static final Pattern PROFILE = Pattern.compile("%([^.]+)\\.(.+)");
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}:]+)}");

  private final Map<String, SortedSet<String>> keys = new TreeMap<>();
  private final SmallRyeConfig config;
  private final Problems problems;

  private NamesInUse(SmallRyeConfig config, Problems problems) {
    this.config = config;
    this.problems = problems;
  }

  /** Reads all sources, and notes a problem for each name that is no setting. */
  static NamesInUse read(SmallRyeConfig config, Problems problems) {
    NamesInUse names = new NamesInUse(config, problems);
    for (ConfigSource source : config.getConfigSources()) {
      if (source instanceof EnvConfigSource environment) {
        names.addEnvironment(environment);
      } else {
        source.getPropertyNames().forEach(names::add);
      }
    }
    return names;
  }

  /** The names that people chose in a group such as {@code caches}. */
  Collection<String> keys(String group) {
    return keys.getOrDefault(group, new TreeSet<>());
  }

  /**
   * The name without its profile.
   *
   * @return null where the profile is not an active one
   */
  static @Nullable String active(String name, Collection<String> profiles) {
    Matcher profile = PROFILE.matcher(name);
    if (!profile.matches()) {
      return name;
    }
    boolean active = Arrays.stream(profile.group(1).split(",")).anyMatch(profiles::contains);
    return active ? profile.group(2) : null;
  }

  private void addEnvironment(EnvConfigSource environment) {
    for (String variable : environment.getProperties().keySet()) {
      // Docker and Kubernetes also let people set a variable that has the dotted name itself.
      if (variable.indexOf('.') >= 0) {
        add(variable);
      }
    }
    Map<String, String> variables = EnvironmentSourceFactory.variables(environment);
    for (String variable : EnvironmentVariables.read(variables, List.of()).unknown()) {
      problems.hidden(variable, UnknownSettings.ruleForVariable(variable));
    }
  }

  private void add(String name) {
    Matcher profile = PROFILE.matcher(name);
    SettingName setting = SettingName.of(profile.matches() ? profile.group(2) : name);
    String active = active(name, config.getProfiles());
    switch (setting) {
      case null -> {}
      case SettingName.Unknown unknown -> {
        problems.hidden(name, UnknownSettings.rule(unknown.segments()));
        List<String> segments = unknown.segments();
        if (active != null
            && segments.size() == 3
            && SettingNames.NAMED.containsKey(segments.getFirst())) {
          // A cache whose only setting is misspelt is there all the same, for those who name it.
          addKey(segments.getFirst(), segments.get(1));
        }
      }
      case SettingName.NotAList single ->
          problems.hidden(single.name(), "takes one value, not a list");
      case SettingName.Single single when active != null ->
          checkReferences(active, SettingNames.of(single.name()));
      case SettingName.Named named when active != null -> {
        addKey(named.group(), named.key());
        checkReferences(active, SettingNames.of(named.group(), named.key(), named.suffix()));
      }
      case SettingName.Single _, SettingName.Named _ -> {}
    }
  }

  private void addKey(String group, String key) {
    keys.computeIfAbsent(group, name -> new TreeSet<>()).add(key);
  }

  // For an optional setting SmallRye Config leaves out a reference that leads nowhere, which would
  // turn a forgotten variable into another value in silence.
  private void checkReferences(String written, String setting) {
    ConfigValue value = config.getConfigValue(written);
    if (!value.hasProblems()) {
      return;
    }
    List<String> references = new ArrayList<>();
    Matcher reference = REFERENCE.matcher(String.valueOf(value.getRawValue()));
    while (reference.find()) {
      if (config.getConfigValue(reference.group(1)).getValue() == null) {
        references.add("${" + reference.group(1) + "}");
      }
    }
    problems.hidden(
        setting, "refers to " + String.join(", ", references) + ", which is not set anywhere");
  }
}
