/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.sidecache.source.webhook.Signed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All that the examples of the HTTP interface's description need. */
public class ApiProfile extends ArticleProfile {
  private static final byte[] KEY =
      "the key of the sender billing---".getBytes(StandardCharsets.UTF_8);

  /** The key of the sender {@code billing}. */
  public static byte[] key() {
    return KEY.clone();
  }

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(super.getConfigOverrides());
    settings.put("sidecache.senders.billing.secret", Signed.secret(key()));
    settings.put("sidecache.shutdown-drain", "200ms");
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    List<TestResourceEntry> resources = new ArrayList<>(super.testResources());
    resources.add(new TestResourceEntry(ApiPeers.class));
    return resources;
  }
}
