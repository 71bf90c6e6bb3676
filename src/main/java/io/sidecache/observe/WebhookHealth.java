/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.observe;

import io.sidecache.webhook.Peer;
import io.sidecache.webhook.PeerFigures;
import io.sidecache.webhook.Webhooks;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/**
 * How the peers are doing, as health data. Always UP: a peer's trouble is no reason to restart the
 * sidecar, nor to take its application out of service.
 */
final class WebhookHealth {
  private WebhookHealth() {}

  static HealthCheckResponse of(Webhooks webhooks) {
    HealthCheckResponseBuilder response = HealthCheckResponse.named("webhooks").up();
    for (Peer peer : webhooks.peers()) {
      PeerFigures figures = peer.figures();
      response.withData(
          peer.settings().name(),
          figures.state()
              + ", "
              + figures.queued()
              + " queued, "
              + figures.deadLetters()
              + " dead letters"
              + figures
                  .lastFailure()
                  .filter(_ -> figures.consecutiveFailures() > 0)
                  .map(reason -> ", last failure: " + reason)
                  .orElse(""));
    }
    return response.build();
  }
}
