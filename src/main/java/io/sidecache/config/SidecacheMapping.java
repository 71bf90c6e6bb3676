/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

import io.quarkus.arc.Unremovable;
import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The settings as they were written, before any check.
 *
 * <p>Every leaf is optional text, so that SmallRye Config never refuses anything itself: the checks
 * are ours, and report all wrong settings together. Defaults stand where the checks are, since a
 * check may have to tell a default from the same value set on purpose.
 *
 * <p>Nothing injects it, and Quarkus would leave out a mapping that nothing injects; hence the one
 * Quarkus annotation in this package.
 */
@Unremovable
@ConfigMapping(prefix = "sidecache")
public interface SidecacheMapping {
  Optional<String> instance();

  Optional<String> source();

  Optional<String> shutdownDrain();

  Listener listener();

  Log log();

  Schema schema();

  Map<String, Channel> channels();

  Map<String, Cache> caches();

  Health health();

  Events events();

  Tracing tracing();

  Audit audit();

  Map<String, Webhook> webhooks();

  Map<String, Sender> senders();

  Api api();

  interface Listener {
    Optional<String> url();

    Optional<String> heartbeatInterval();

    Optional<String> heartbeatTimeout();

    Optional<String> reconnectInitial();

    Optional<String> reconnectMax();

    Optional<String> queueCapacity();

    Optional<String> barrierTimeout();
  }

  interface Log {
    Optional<String> enabled();

    Optional<String> retention();
  }

  interface Schema {
    Optional<String> migrate();
  }

  interface Channel {
    Optional<String> name();

    Optional<String> cache();

    Optional<List<String>> caches();

    Optional<String> format();

    Optional<List<String>> key();
  }

  interface Cache {
    Optional<String> maximumWeight();

    Optional<String> maximumSize();

    Optional<String> maximumEntrySize();

    Optional<String> expireAfterWrite();

    Optional<String> expireAfterAccess();

    Optional<String> expiryJitter();

    Optional<String> refreshAfterWrite();

    Optional<String> load();

    Optional<String> loadTimeout();

    Optional<String> maxConcurrentLoads();

    Optional<String> negativeTtl();

    Optional<String> onGap();

    Optional<String> maxStale();

    Optional<String> unfencedFills();

    Optional<String> staleWhileRevalidate();

    Optional<String> staleIfError();
  }

  interface Health {
    Optional<String> stuckAfter();

    Optional<String> disconnectedDownAfter();

    Optional<String> readyDuringGap();
  }

  interface Events {
    Optional<String> replay();

    Optional<String> maximumSubscribers();
  }

  interface Tracing {
    Optional<String> endpoint();

    Optional<String> samplePercent();
  }

  interface Audit {
    Optional<String> keysPerMinute();
  }

  interface Webhook {
    Optional<String> url();

    Optional<List<String>> caches();

    Optional<List<String>> groups();

    Optional<List<String>> secret();

    Optional<String> linger();

    Optional<String> maxBatchSize();

    Optional<String> maxBatchBytes();

    Optional<String> queueCapacity();

    Optional<String> connectTimeout();

    Optional<String> readTimeout();

    Optional<String> requestTimeout();

    Optional<String> maxAttempts();

    Optional<String> retryInitial();

    Optional<String> retryMax();

    Optional<String> deadLetters();

    Optional<String> tlsConfigurationName();
  }

  interface Sender {
    Optional<List<String>> secret();
  }

  interface Api {
    Optional<List<String>> token();

    Optional<String> clientAuth();

    Optional<String> requestTimeout();
  }
}
