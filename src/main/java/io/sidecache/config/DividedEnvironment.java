/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.smallrye.config.EnvConfigSource;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The settings of an environment under the names that we divided its variables into.
 *
 * <p>It is an environment source by type, because Quarkus's build writes what any other source
 * holds into the artefact: the variables of the machine that builds would become defaults
 * everywhere, webhook secrets included.
 */
final class DividedEnvironment extends EnvConfigSource {
  private static final long serialVersionUID = 1L;

  private final transient Map<String, String> properties;
  private final String name;

  DividedEnvironment(EnvConfigSource environment, Map<String, String> properties) {
    // Before the superclass's constructor, which already asks for the names.
    this.properties = Map.copyOf(properties);
    this.name = "sidecache settings of " + environment.getName();
    super(Map.of(), environment.getOrdinal() + 1);
  }

  @Override
  public Map<String, String> getProperties() {
    return properties;
  }

  @Override
  public Set<String> getPropertyNames() {
    return properties.keySet();
  }

  @Override
  public @Nullable String getValue(String propertyName) {
    return properties.get(propertyName);
  }

  @Override
  public String getName() {
    return name;
  }

  // The superclass would come back as a plain environment.
  private void writeObject(ObjectOutputStream out) throws NotSerializableException {
    throw new NotSerializableException(name);
  }
}
