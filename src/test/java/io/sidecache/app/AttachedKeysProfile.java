/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * For each type of key two read-through caches of one table: one that {@code sidecache.attach}
 * feeds, and one that a trigger of somebody else's feeds.
 */
public class AttachedKeysProfile implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.put("sidecache.listener.heartbeat-timeout", "20s");
    for (AttachedKeysTest.Keys keys : AttachedKeysTest.Keys.values()) {
      String load = "load=select v from " + keys.table() + " where k = ?::" + keys.parameter();
      ArticleProfile.cache(settings, keys.attached(), load);
      ArticleProfile.cache(settings, keys.triggered(), load);
      settings.put("sidecache.channels." + keys.triggered() + ".cache", keys.triggered());
    }
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(new TestResourceEntry(ArticleDatabase.class));
  }
}
