/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.source.webhook.Signed;
import java.util.LinkedHashMap;
import java.util.Map;

/** No database at all: a relay feeds the sidecar. */
public class RelayFedProfile implements QuarkusTestProfile {
  public static final String TOKEN = "a-token-of-the-api";

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.put("sidecache.source", "webhook");
    settings.put("sidecache.senders.relay.secret", Signed.secret(EventsProfile.key()));
    settings.put("sidecache.api.token", TOKEN);
    settings.put("sidecache.listener.heartbeat-timeout", "20s");
    ArticleProfile.cache(settings, "plain", "maximum-size=1000");
    ArticleProfile.cache(
        settings, "stale", "maximum-size=1000", "on-gap=serve-stale", "max-stale=10m");
    return settings;
  }
}
