/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.source.webhook.Signed;
import io.sidecache.testing.WebhookReceiver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Every setting that can hold a secret holds one that is easily found again. */
public class CanariesProfile implements QuarkusTestProfile {
  /** All that the application logs, from its first line on, as JSON. */
  static final Path LOG =
      Path.of("target", "canaries-" + ProcessHandle.current().pid() + ".log").toAbsolutePath();

  static final String TOKEN = "canary-token-0123456789";
  static final byte[] SENDER = "canary-sender-0123456789abcdef".getBytes(StandardCharsets.UTF_8);
  static final byte[] PEER = "canary-peer-0123456789abcdef--".getBytes(StandardCharsets.UTF_8);

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.putAll(ArticleProfile.article());
    settings.put("sidecache.api.token", TOKEN);
    settings.put("sidecache.senders.billing.secret", Signed.secret(SENDER));
    ArticleProfile.cache(settings, "plain", "maximum-size=1000");
    // PostgreSQL's messages quote the key of the first, and the text in the second (22P02).
    ArticleProfile.cache(settings, "quoting", "load=select (? || '')::integer::text");
    ArticleProfile.cache(settings, "literal", "load=select (? || 'canary-literal')::integer::text");
    ArticleProfile.cache(settings, "nowhere", "load=select v from canary_table where k = ?");
    settings.put("quarkus.log.file.enabled", "true");
    settings.put("quarkus.log.file.path", LOG.toString());
    settings.put("quarkus.log.file.json.enabled", "true");
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(
        new TestResourceEntry(
            ArticleDatabase.class, Map.of(ArticleDatabase.URL_PASSWORD, "canary-url-password")),
        new TestResourceEntry(Peers.class));
  }

  /** One peer that answers with a refusal full of secrets, and one that is not there. */
  public static final class Peers implements QuarkusTestResourceLifecycleManager {
    private @Nullable WebhookReceiver refusing;

    @Override
    public Map<String, String> start() {
      try {
        WebhookReceiver started =
            WebhookReceiver.start(
                request ->
                    new WebhookReceiver.Reply.Status(
                        500, List.of("X-Canary: canary-header"), "canary-body"));
        refusing = started;
        Map<String, String> settings = new LinkedHashMap<>();
        peer(settings, "refusing", started.url().toString() + "&canary=canary-query");
        peer(settings, "absent", "http://127.0.0.1:1/canary-path?canary=canary-query");
        return settings;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void peer(Map<String, String> settings, String name, String url) {
      String prefix = "sidecache.webhooks." + name + ".";
      settings.put(prefix + "url", url);
      settings.put(prefix + "secret", Signed.secret(PEER));
      settings.put(prefix + "max-attempts", "2");
      settings.put(prefix + "retry-initial", "5ms");
      settings.put(prefix + "retry-max", "20ms");
    }

    @Override
    public void stop() {
      if (refusing != null) {
        try {
          refusing.close();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
