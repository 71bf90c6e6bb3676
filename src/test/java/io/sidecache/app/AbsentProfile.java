/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.testing.FaultProxy;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An application that is started while its PostgreSQL cannot be reached. */
public class AbsentProfile implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.putAll(ArticleProfile.article());
    settings.putAll(GapProfile.impatient());
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(
        new TestResourceEntry(
            ArticleDatabase.class, Map.of(ArticleDatabase.PROXIES, FaultProxy.Mode.REFUSE.name())));
  }
}
