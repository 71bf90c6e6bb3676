/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.sidecache.source.webhook.SenderFigures;
import io.sidecache.source.webhook.WebhookReceiver;
import io.sidecache.stream.EventStream;
import io.sidecache.stream.StreamFigures;
import java.util.function.ToLongFunction;

/**
 * The meters of the live stream and of the webhooks that come in, read when they are scraped. The
 * only labels are a sender's configured name and a fixed word.
 */
public final class StreamMeters implements MeterBinder {
  private final EventStream stream;
  private final WebhookReceiver receiver;

  public StreamMeters(EventStream stream, WebhookReceiver receiver) {
    this.stream = stream;
    this.receiver = receiver;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    gauge(registry, "subscribers", "Who reads the stream now", StreamFigures::subscribers);
    gauge(registry, "ring", "Events kept for readers who come back", StreamFigures::held);
    counter(registry, "appended", "Events of the stream", StreamFigures::appended);
    counter(registry, "sent", "Events handed to readers, once for each", StreamFigures::sent);
    counter(registry, "resets", "Readers told to forget all", StreamFigures::resets);
    counter(registry, "cut", "Readers cut off because they did not read", StreamFigures::cut);
    counter(registry, "refused", "Readers turned away for want of room", StreamFigures::refused);
    for (SenderFigures sender : receiver.figures()) {
      messages(registry, sender.sender(), "accepted", SenderFigures::accepted);
      messages(registry, sender.sender(), "untrusted", SenderFigures::untrusted);
      messages(registry, sender.sender(), "not-understood", SenderFigures::notUnderstood);
      messages(registry, sender.sender(), "replayed", SenderFigures::replayed);
      messages(registry, sender.sender(), "failed", SenderFigures::failed);
    }
  }

  private void gauge(
      MeterRegistry registry,
      String noun,
      String description,
      ToLongFunction<StreamFigures> figure) {
    Gauge.builder("sidecache.stream." + noun, stream, s -> figure.applyAsLong(s.figures()))
        .description(description)
        .register(registry);
  }

  private void counter(
      MeterRegistry registry,
      String noun,
      String description,
      ToLongFunction<StreamFigures> figure) {
    FunctionCounter.builder(
            "sidecache.stream." + noun, stream, s -> figure.applyAsLong(s.figures()))
        .description(description)
        .register(registry);
  }

  private void messages(
      MeterRegistry registry, String sender, String result, ToLongFunction<SenderFigures> figure) {
    FunctionCounter.builder("sidecache.source.webhooks", receiver, r -> of(r, sender, figure))
        .description("Webhooks that came in, by result")
        .tag("sender", sender)
        .tag("result", result)
        .register(registry);
  }

  private static long of(
      WebhookReceiver receiver, String sender, ToLongFunction<SenderFigures> figure) {
    return receiver.figures().stream()
        .filter(figures -> figures.sender().equals(sender))
        .mapToLong(figure)
        .sum();
  }
}
