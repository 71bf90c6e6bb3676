/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Limits that a test can reach. */
public class LimitsProfile implements QuarkusTestProfile {
  static final int CONNECTIONS = 1200;

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(new EventsProfile().getConfigOverrides());
    settings.put("quarkus.http.limits.max-connections", Integer.toString(CONNECTIONS));
    settings.put("quarkus.http.idle-timeout", "20s");
    settings.put("sidecache.api.request-timeout", "200ms");
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return new EventsProfile().testResources();
  }
}
