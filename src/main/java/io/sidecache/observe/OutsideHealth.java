/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.observe;

import io.sidecache.source.webhook.SenderFigures;
import io.sidecache.source.webhook.WebhookReceiver;
import io.sidecache.stream.EventStream;
import io.sidecache.stream.StreamFigures;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;

/** What the live stream and the senders of webhooks are doing, for people; always UP. */
final class OutsideHealth implements HealthCheck {
  private final EventStream stream;
  private final WebhookReceiver receiver;

  OutsideHealth(EventStream stream, WebhookReceiver receiver) {
    this.stream = stream;
    this.receiver = receiver;
  }

  @Override
  public HealthCheckResponse call() {
    StreamFigures figures = stream.figures();
    HealthCheckResponseBuilder response =
        HealthCheckResponse.named("events")
            .up()
            .withData("subscribers", figures.subscribers())
            .withData("subscribersCut", figures.cut())
            .withData("events", figures.appended());
    for (SenderFigures sender : receiver.figures()) {
      response.withData(
          "sender " + sender.sender(),
          "accepted %d, refused %d, replayed %d, failed %d"
              .formatted(
                  sender.accepted(),
                  sender.untrusted() + sender.notUnderstood(),
                  sender.replayed(),
                  sender.failed()));
    }
    return response.build();
  }
}
