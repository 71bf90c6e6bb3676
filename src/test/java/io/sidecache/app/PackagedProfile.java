/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The article's configuration, for the application as it is shipped. */
public class PackagedProfile implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.article());
    // The port of the API is in the pom: Quarkus asks for it before it asks for this.
    settings.put("quarkus.management.port", "0");
    settings.put("quarkus.management.host", "127.0.0.1");
    settings.put("sidecache.schema.migrate", "true");
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(new TestResourceEntry(ArticleDatabase.class));
  }
}
