/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceSignal;
import io.sidecache.testing.WebhookReceiver;
import io.sidecache.testing.WebhookReceiver.Reply;
import io.sidecache.webhook.Peer;
import io.sidecache.webhook.PeerFigures;
import io.sidecache.webhook.PeerSettings;
import io.sidecache.webhook.Signer;
import io.sidecache.webhook.Webhooks;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** A million evictions to three peers, one of which fails at random, with an exact account. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class WebhookAccountTest {
  private static final int EVICTIONS = 1_000_000;
  private static final int QUEUE = 10_000;
  private static final int LETTERS = 10;
  private static final String SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  private static final byte[] KEY =
      java.util.Base64.getDecoder().decode(SECRET.substring("whsec_".length()));

  @Inject Vertx vertx;

  /** How many evictions have happened. */
  private volatile int happened;

  /** One receiver's books: what it was told, and whether anything is missing without a reset. */
  private final class Account {
    private final Webhook webhook = new Webhook(SECRET);
    private final Set<String> seen = new HashSet<>();
    private final List<String> faults = new ArrayList<>();
    private long last = -1;

    /** What the resets since then stand for at most: what had happened when they came. */
    private long coveredBelow;

    private long received;
    private long resets;

    synchronized void take(WebhookReceiver.Request request) {
      verify(request);
      if (!seen.add(request.header("webhook-id"))) {
        return; // a repetition
      }
      String body = request.body();
      if (body.contains("\"io.sidecache.reset\"")) {
        coveredBelow = happened;
        resets++;
        return;
      }
      String mark = "\"key\":\"";
      for (int at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + 1)) {
        int from = at + mark.length();
        evicted(Long.parseLong(body, from, body.indexOf('"', from), 10));
      }
    }

    private void verify(WebhookReceiver.Request request) {
      try {
        webhook.verify(
            request.body(),
            HttpHeaders.of(
                Map.of(
                    "webhook-id", List.of(request.header("webhook-id")),
                    "webhook-timestamp", List.of(request.header("webhook-timestamp")),
                    "webhook-signature", List.of(request.header("webhook-signature"))),
                (name, value) -> true));
      } catch (WebhookVerificationException e) {
        fault("not verified: " + e.getMessage());
      }
    }

    private void evicted(long number) {
      if (number <= last) {
        fault(number + " after " + last);
      } else if (number > last + 1 && number > coveredBelow) {
        fault(number + " after " + last + " and a reset for what is below " + coveredBelow);
      }
      last = number;
      coveredBelow = 0;
      received++;
    }

    private void fault(String fault) {
      if (faults.size() < 20) {
        faults.add(fault);
      }
    }

    synchronized boolean isComplete() {
      return last == EVICTIONS - 1 || coveredBelow == EVICTIONS;
    }
  }

  @Test
  void millionEvictions_oneOfThreePeersFailing_areDeliveredInOrderOrCovered() throws Exception {
    long seed = ThreadLocalRandom.current().nextLong();
    System.out.println("WebhookAccountTest seed " + seed);
    Account good = new Account();
    Account fine = new Account();
    Account bad = new Account();
    Random random = new Random(seed);
    try (WebhookReceiver a = receiver(r -> took(good, r));
        WebhookReceiver b = receiver(r -> took(fine, r));
        WebhookReceiver c = receiver(r -> atRandom(bad, r, random))) {
      Webhooks webhooks =
          new Webhooks(
              List.of(recipient("good", a), recipient("fine", b), recipient("bad", c)),
              new Webhooks.Surroundings(
                  "account",
                  Long.toHexString(seed),
                  Clock.systemUTC(),
                  System::nanoTime,
                  () -> ThreadLocalRandom.current().nextDouble(),
                  Duration.ofSeconds(5)));
      webhooks.start();
      webhooks.apply(1, new SourceSignal.GapClosed(Duration.ZERO));
      int mostQueued = 0;
      for (int i = 0; i < EVICTIONS; i++) {
        if (i % 500 == 0) {
          awaitRoom(webhooks);
          mostQueued = Math.max(mostQueued, webhooks.peers().get(2).figures().queued());
        }
        happened = i + 1;
        webhooks.apply(
            i, new SourceSignal.Changed(new Invalidation.Key("c", Integer.toString(i)), null));
      }
      await()
          .atMost(Duration.ofMinutes(3))
          .until(() -> webhooks.peers().stream().map(Peer::figures).allMatch(this::isSettled));
      webhooks.close();

      System.out.println("good " + webhooks.peers().get(0).figures());
      System.out.println("bad  " + webhooks.peers().get(2).figures());
      for (Account account : List.of(good, fine, bad)) {
        assertThat(account.faults).as("seed %d", seed).isEmpty();
        assertThat(account.isComplete()).as("seed %d", seed).isTrue();
      }
      assertThat(good.received).isEqualTo(EVICTIONS);
      assertThat(fine.received).isEqualTo(EVICTIONS);
      assertThat(good.resets).isEqualTo(1);
      assertThat(fine.resets).isEqualTo(1);
      assertThat(bad.resets).isGreaterThan(1);
      assertThat(webhooks.peers().get(2).figures().failures()).isPositive();
      assertThat(mostQueued).isLessThanOrEqualTo(QUEUE);
      assertThat(webhooks.peers().get(2).figures().deadLetters()).isLessThanOrEqualTo(LETTERS);
    }
  }

  private boolean isSettled(PeerFigures figures) {
    return figures.queued() == 0
        && !figures.resetOwed()
        && figures.delivered() + figures.covered() == EVICTIONS;
  }

  /** So that the two that work never overflow; nobody waits for the third. */
  private static void awaitRoom(Webhooks webhooks) {
    while (webhooks.peers().get(0).figures().queued() > QUEUE - 1000
        || webhooks.peers().get(1).figures().queued() > QUEUE - 1000) {
      LockSupport.parkNanos(100_000);
    }
  }

  private static WebhookReceiver receiver(Function<WebhookReceiver.Request, Reply> behaviour)
      throws IOException {
    return WebhookReceiver.forgetful(behaviour);
  }

  private static Reply took(Account account, WebhookReceiver.Request request) {
    account.take(request);
    return WebhookReceiver.status(204);
  }

  private static Reply atRandom(Account account, WebhookReceiver.Request request, Random random) {
    int dice = random.nextInt(100);
    if (dice >= 40 || dice % 2 == 0) {
      account.take(request); // even where the answer will not say so
    }
    if (dice >= 40) {
      return WebhookReceiver.status(200);
    }
    return switch (dice % 10) {
      case 0, 1 -> new Reply.Reset();
      case 2 -> dice < 10 ? new Reply.Hang() : WebhookReceiver.status(503, "Retry-After: 0");
      case 3 -> WebhookReceiver.status(302, "Location: /elsewhere");
      default -> WebhookReceiver.status(500);
    };
  }

  private Webhooks.Recipient recipient(String name, WebhookReceiver receiver) {
    return new Webhooks.Recipient(
        new PeerSettings(
            name,
            "http://" + name,
            Set.of(),
            Set.of(),
            new PeerSettings.Batching(Duration.ofMillis(2), 250, 1 << 20),
            new PeerSettings.Retries(2, Duration.ofMillis(1), Duration.ofMillis(20)),
            QUEUE,
            LETTERS),
        new Signer(List.of(KEY)),
        new RestPeerClient(
            receiver.url(),
            new RestPeerClient.Timeouts(
                Duration.ofSeconds(10),
                name.equals("bad") ? Duration.ofMillis(300) : Duration.ofSeconds(30),
                Duration.ofSeconds(60)),
            Optional.empty(),
            vertx));
  }
}
