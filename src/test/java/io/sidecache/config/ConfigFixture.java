/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.source.yaml.YamlConfigSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A configuration made of given text and given variables, without the process's own. */
final class ConfigFixture {
  private final Map<String, String> environment = new HashMap<>();
  private final Map<String, String> properties = new HashMap<>();
  private String yaml = "{}";
  private String profile = "prod";
  private boolean datasource = true;

  static ConfigFixture yaml(String text) {
    ConfigFixture fixture = new ConfigFixture();
    fixture.yaml = text;
    return fixture;
  }

  static ConfigFixture empty() {
    return new ConfigFixture();
  }

  ConfigFixture variable(String name, String value) {
    environment.put(name, value);
    return this;
  }

  ConfigFixture property(String name, String value) {
    properties.put(name, value);
    return this;
  }

  ConfigFixture profile(String name) {
    profile = name;
    return this;
  }

  ConfigFixture withoutDatasource() {
    datasource = false;
    return this;
  }

  SmallRyeConfig build() {
    if (datasource) {
      properties.put("quarkus.datasource.jdbc.url", "jdbc:postgresql://localhost/test");
    }
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .withProfile(profile)
        .withDefaultValue("smallrye.config.mapping.validate-unknown", "false")
        .withMapping(SidecacheMapping.class)
        .withSources(new YamlConfigSource("application.yaml", yaml, 110))
        .withSources(new PropertiesConfigSource(properties, "system properties", 400))
        .withSources(new EnvConfigSource(environment, 300))
        .withSources(new EnvironmentSourceFactory())
        .build();
  }

  Settings read() {
    return Settings.read(build(), ConfigFixture::questionMarks);
  }

  List<String> problems() {
    try {
      Settings settings = read();
      throw new AssertionError("no problem was found: " + settings);
    } catch (InvalidSettingsException e) {
      return e.problems();
    }
  }

  /** The one problem of a configuration that has one. */
  String problem() {
    List<String> problems = problems();
    if (problems.size() != 1) {
      throw new AssertionError("one problem was expected: " + problems);
    }
    return problems.getFirst();
  }

  /** The value of a name that must be there. */
  static <V> V named(Map<String, V> map, String name) {
    V value = map.get(name);
    if (value == null) {
      throw new AssertionError("there is no " + name + " among " + map.keySet());
    }
    return value;
  }

  // Stands for the driver's parser, which this package may not know.
  private static int questionMarks(String sql) {
    if (sql.indexOf(';') >= 0) {
      throw new IllegalArgumentException("must be one statement, has 2");
    }
    return Math.toIntExact(sql.chars().filter(c -> c == '?').count());
  }
}
