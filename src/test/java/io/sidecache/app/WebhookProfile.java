/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The article's configuration, with peers that are told of evictions. */
public class WebhookProfile implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.putAll(ArticleProfile.article());
    settings.put("sidecache.instance", "side-1");
    settings.put("sidecache.shutdown-drain", "200ms");
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(
        new TestResourceEntry(ArticleDatabase.class), new TestResourceEntry(WebhookPeers.class));
  }
}
