/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.app.EventsProfile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The API on all addresses, with two tokens, as while one takes the other's place. */
public class GuardedProfile implements QuarkusTestProfile {
  static final String OLD = "canary-token-0123456789";
  static final String NEW = "canary-token-9876543210~+/==";

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(new EventsProfile().getConfigOverrides());
    settings.put("sidecache.api.token", OLD + "," + NEW);
    settings.put("quarkus.http.host", "0.0.0.0");
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return new EventsProfile().testResources();
  }
}
