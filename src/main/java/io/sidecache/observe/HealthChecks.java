/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.observe;

import io.sidecache.webhook.Webhooks;
import io.smallrye.health.api.Wellness;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/** Offers the listener's state under the three paths that Kubernetes probes. */
@Singleton
class HealthChecks {

  @Produces
  @Liveness
  @Singleton
  HealthCheck live(ListenerHealth listener) {
    return listener::live;
  }

  @Produces
  @Readiness
  @Singleton
  HealthCheck ready(ListenerHealth listener) {
    return listener::ready;
  }

  @Produces
  @Startup
  @Singleton
  HealthCheck started(ListenerHealth listener) {
    return listener::started;
  }

  @Produces
  @Wellness
  @Singleton
  HealthCheck webhooks(Webhooks webhooks) {
    return () -> WebhookHealth.of(webhooks);
  }
}
