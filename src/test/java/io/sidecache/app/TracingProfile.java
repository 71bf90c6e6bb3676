/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.sidecache.source.webhook.Signed;
import io.sidecache.testing.SpanCollector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * A sidecar of which every meter is to be had: with peers, senders, traces, and all kinds of
 * caches.
 */
public class TracingProfile implements QuarkusTestProfile {
  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new LinkedHashMap<>(ArticleProfile.anyPorts());
    settings.putAll(ArticleProfile.article());
    settings.put("sidecache.instance", "side-1");
    settings.put("sidecache.shutdown-drain", "200ms");
    settings.put(
        "sidecache.senders.billing.secret",
        Signed.secret("canary-sender-0123456789abcdef".getBytes(StandardCharsets.UTF_8)));
    // PostgreSQL's message quotes the key (22P02).
    ArticleProfile.cache(settings, "quoting", "load=select (? || '')::integer::text");
    return settings;
  }

  @Override
  public List<TestResourceEntry> testResources() {
    return List.of(
        new TestResourceEntry(ArticleDatabase.class),
        new TestResourceEntry(WebhookPeers.class),
        new TestResourceEntry(Collector.class));
  }

  /** Where the application's spans go. */
  public static final class Collector implements QuarkusTestResourceLifecycleManager {
    private static final String ENDPOINT = "sidecache.tracing.endpoint";
    private static final Map<String, SpanCollector> BY_URL = new ConcurrentHashMap<>();

    private @Nullable SpanCollector collector;

    @Override
    public Map<String, String> start() {
      try {
        SpanCollector started = SpanCollector.start();
        collector = started;
        BY_URL.put(started.url().toString(), started);
        return Map.of(ENDPOINT, started.url().toString());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    static SpanCollector running() {
      return Objects.requireNonNull(
          BY_URL.get(ConfigProvider.getConfig().getValue(ENDPOINT, String.class)));
    }

    @Override
    public void stop() {
      if (collector != null) {
        BY_URL.remove(collector.url().toString());
        collector.close();
      }
    }
  }
}
