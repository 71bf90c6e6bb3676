/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.observe;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.sidecache.webhook.Peer;
import io.sidecache.webhook.PeerFigures;
import io.sidecache.webhook.Webhooks;
import java.util.function.ToLongFunction;

/** The meters of the peers that are told by webhooks, read when they are scraped. */
public final class WebhookMeters implements MeterBinder {
  private final Webhooks webhooks;

  public WebhookMeters(Webhooks webhooks) {
    this.webhooks = webhooks;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    webhooks.peers().forEach(peer -> bind(registry, peer));
  }

  private static void bind(MeterRegistry registry, Peer peer) {
    gauge(registry, peer, "queued", "Evictions that wait now", PeerFigures::queued);
    gauge(registry, peer, "dead.letters", "Messages given up, kept now", PeerFigures::deadLetters);
    gauge(
        registry,
        peer,
        "failing",
        "Attempts that failed since the last that did not",
        PeerFigures::consecutiveFailures);
    gauge(
        registry,
        peer,
        "disabled",
        "1 after the peer answered 410",
        figures -> figures.state() == PeerFigures.State.DISABLED ? 1 : 0);
    gauge(
        registry,
        peer,
        "open",
        "1 while a message was given up and only a reset is tried",
        figures -> figures.state() == PeerFigures.State.OPEN ? 1 : 0);
    gauge(
        registry,
        peer,
        "reset.owed",
        "1 while a reset waits",
        figures -> figures.resetOwed() ? 1 : 0);
    bindLastSuccess(registry, peer);
    events(registry, peer, "delivered", PeerFigures::delivered);
    events(registry, peer, "covered", PeerFigures::covered);
    events(registry, peer, "discarded", PeerFigures::discarded);
    counter(registry, peer, "batches", "Messages with evictions taken", PeerFigures::batches);
    counter(registry, peer, "resets", "Resets taken", PeerFigures::resets);
    counter(registry, peer, "failures", "Attempts that failed", PeerFigures::failures);
    counter(
        registry,
        peer,
        "overflows",
        "Times the queue was full and a reset took its place",
        PeerFigures::overflows);
    counter(
        registry,
        peer,
        "dead.letters.dropped",
        "Messages given up and not kept",
        PeerFigures::deadLettersDropped);
  }

  private static void bindLastSuccess(MeterRegistry registry, Peer peer) {
    Gauge.builder(
            "sidecache.webhook.last.success",
            peer,
            p ->
                p.figures()
                    .lastSuccess()
                    .map(instant -> instant.toEpochMilli() / 1e3)
                    .orElse(Double.NaN))
        .description("When the peer last took a message, in Unix time")
        .baseUnit("seconds")
        .tag("peer", peer.settings().name())
        .register(registry);
  }

  private static void events(
      MeterRegistry registry, Peer peer, String result, ToLongFunction<PeerFigures> figure) {
    FunctionCounter.builder("sidecache.webhook.events", peer, p -> figure.applyAsLong(p.figures()))
        .description("Evictions by what became of them")
        .tag("peer", peer.settings().name())
        .tag("result", result)
        .register(registry);
  }

  private static void counter(
      MeterRegistry registry,
      Peer peer,
      String noun,
      String description,
      ToLongFunction<PeerFigures> figure) {
    FunctionCounter.builder("sidecache.webhook." + noun, peer, p -> figure.applyAsLong(p.figures()))
        .description(description)
        .tag("peer", peer.settings().name())
        .register(registry);
  }

  private static void gauge(
      MeterRegistry registry,
      Peer peer,
      String noun,
      String description,
      ToLongFunction<PeerFigures> figure) {
    Gauge.builder("sidecache.webhook." + noun, peer, p -> figure.applyAsLong(p.figures()))
        .description(description)
        .tag("peer", peer.settings().name())
        .register(registry);
  }
}
