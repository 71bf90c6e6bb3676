/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.source.webhook.Signed;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The article's caches, a small ring, and a sender of webhooks. */
public class EventsProfile implements QuarkusTestProfile {
  public static final int REPLAY = 500;
  public static final int MOST_SUBSCRIBERS = 1100;

  private static final byte[] KEY =
      "the key of the sender billing---".getBytes(StandardCharsets.UTF_8);

  /** The sender's key. */
  public static byte[] key() {
    return KEY.clone();
  }

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.putAll(ArticleProfile.article());
    ArticleProfile.cache(settings, "plain", "maximum-size=1000");
    ArticleProfile.cache(settings, "names", "load=select name from products where id = ?::bigint");
    ArticleProfile.cache(
        settings, "bytes", "load=select name::bytea from products where id = ?::bigint");
    ArticleProfile.cache(settings, "broken", "load=select (1 / 0)::text where ? is not null");
    settings.put("sidecache.events.replay", Integer.toString(REPLAY));
    settings.put("sidecache.events.maximum-subscribers", Integer.toString(MOST_SUBSCRIBERS));
    settings.put("sidecache.senders.billing.secret", Signed.secret(key()));
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(new TestResourceEntry(ArticleDatabase.class));
  }
}
