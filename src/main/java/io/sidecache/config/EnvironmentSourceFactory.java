/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.EnvConfigSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * A configuration source beside each environment source, which gives the settings of channels,
 * caches, webhooks and senders the names that SmallRye Config cannot guess from a variable.
 *
 * <p>SmallRye Config finds it as a service. Each stands just above its environment source, so that
 * the usual order holds: system properties, environment, {@code .env}, YAML.
 */
public final class EnvironmentSourceFactory implements ConfigSourceFactory {
  /** For the service loader. */
  public EnvironmentSourceFactory() {}

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    List<String> otherNames = new ArrayList<>();
    List<EnvConfigSource> environments = new ArrayList<>();
    for (ConfigSource source : context.getConfigSources()) {
      if (source instanceof EnvConfigSource environment) {
        environments.add(environment);
      } else {
        for (String name : source.getPropertyNames()) {
          String active = NamesInUse.active(name, context.getProfiles());
          if (active != null) {
            otherNames.add(active);
          }
        }
      }
    }
    List<ConfigSource> sources = new ArrayList<>();
    for (EnvConfigSource environment : environments) {
      EnvironmentVariables ours = EnvironmentVariables.read(variables(environment), otherNames);
      if (!ours.properties().isEmpty()) {
        sources.add(new DividedEnvironment(environment, ours.properties()));
      }
    }
    return sources;
  }

  /** The variables of a source that have our prefix, in whatever case. */
  static Map<String, String> variables(EnvConfigSource environment) {
    Map<String, String> variables = new HashMap<>();
    environment
        .getProperties()
        .forEach(
            (name, value) -> {
              if (EnvironmentVariables.isOurs(name)) {
                variables.put(name, value);
              }
            });
    return variables;
  }
}
