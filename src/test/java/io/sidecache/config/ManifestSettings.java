/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Whether a sidecar would start with what a manifest gives it. */
public final class ManifestSettings {
  /** Stands for what comes from a Secret: long enough for a token, and a webhook's secret too. */
  private static final String SECRET = "whsec_" + "QUJD".repeat(10);

  private ManifestSettings() {}

  /**
   * Reads the settings as a sidecar would at its start.
   *
   * @param file application.yaml
   * @param value null where the variable comes from a Secret or from Kubernetes
   * @throws InvalidSettingsException where it would refuse them
   */
  public static <V> void check(
      String file,
      List<V> variables,
      Function<V, String> name,
      Function<V, @Nullable String> value) {
    ConfigFixture fixture = ConfigFixture.yaml(file);
    boolean database = false;
    for (V variable : variables) {
      String given = value.apply(variable);
      database |= name.apply(variable).equals("QUARKUS_DATASOURCE_JDBC_URL");
      fixture.variable(
          name.apply(variable),
          given != null
              ? given
              : name.apply(variable).equals("SIDECACHE_INSTANCE") ? "shop-0" : SECRET);
    }
    if (!database) {
      fixture.withoutDatasource();
    }
    fixture.read();
  }
}
