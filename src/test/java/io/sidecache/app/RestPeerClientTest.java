/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.sidecache.testing.WebhookReceiver;
import io.sidecache.testing.WebhookReceiver.Reply;
import io.sidecache.webhook.PeerClient;
import io.sidecache.webhook.PeerClient.Answer;
import io.sidecache.webhook.PeerClient.UndeliveredException;
import io.vertx.core.Vertx;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Posts to servers that behave badly. */
@QuarkusTest
@TestProfile(ArticleProfile.class)
final class RestPeerClientTest {
  private static final byte[] BODY = "[\"Ø\"]".getBytes(StandardCharsets.UTF_8);
  private static final Duration TOTAL = Duration.ofSeconds(2);

  @Inject Vertx vertx;

  private PeerClient client(URI url) {
    return new RestPeerClient(
        url,
        new RestPeerClient.Timeouts(Duration.ofMillis(500), Duration.ofSeconds(1), TOTAL),
        Optional.empty(),
        vertx);
  }

  private static Answer post(PeerClient client) throws UndeliveredException {
    return client.post("msg_1", 1234, "v1,abc", BODY);
  }

  @Test
  void post_goodPeer_getsHeadersAndBodyAsTheyAre() throws Exception {
    try (WebhookReceiver receiver = WebhookReceiver.start(r -> WebhookReceiver.status(204));
        PeerClient client = client(receiver.url())) {
      assertThat(post(client).status()).isEqualTo(204);
      assertThat(receiver.requests())
          .singleElement()
          .satisfies(
              request -> {
                assertThat(request.line()).isEqualTo("POST /hooks/cache?from=sidecar HTTP/1.1");
                assertThat(request.header("content-type"))
                    .isEqualTo("application/cloudevents-batch+json");
                assertThat(request.header("webhook-id")).isEqualTo("msg_1");
                assertThat(request.header("webhook-timestamp")).isEqualTo("1234");
                assertThat(request.header("webhook-signature")).isEqualTo("v1,abc");
                assertThat(request.body()).isEqualTo("[\"Ø\"]");
              });
    }
  }

  @Test
  void post_everyStatus_isTold() throws Exception {
    AtomicInteger next = new AtomicInteger();
    int[] statuses = {200, 302, 307, 400, 404, 410, 429, 500, 503};
    try (WebhookReceiver receiver =
            WebhookReceiver.start(
                r ->
                    WebhookReceiver.status(
                        statuses[next.getAndIncrement()],
                        "Location: http://127.0.0.1:1/",
                        "Retry-After: 7"));
        PeerClient client = client(receiver.url())) {
      for (int status : statuses) {
        Answer answer = post(client);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.retryAfter()).hasValue("7");
      }
      assertThat(receiver.requests()).hasSize(statuses.length);
    }
  }

  @Test
  void post_peerThatHangs_endsWithinTheTimeout() throws Exception {
    fails(new Reply.Hang(), "");
  }

  @Test
  void post_peerThatResets_fails() throws Exception {
    fails(new Reply.Reset(), "");
  }

  @Test
  void post_headByteByByte_endsWithinTheTimeout() throws Exception {
    fails(new Reply.SlowHead(), "");
  }

  private void fails(Reply reply, String reason) throws IOException, UndeliveredException {
    AtomicReference<Reply> behaviour = new AtomicReference<>(reply);
    try (WebhookReceiver receiver = WebhookReceiver.start(r -> behaviour.get());
        PeerClient client = client(receiver.url())) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> post(client))
          .isInstanceOf(UndeliveredException.class)
          .hasMessageContaining(reason)
          .hasMessageNotContaining("from=sidecar");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));

      behaviour.set(WebhookReceiver.status(200));
      assertThat(post(client).status()).isEqualTo(200);
    }
  }

  @Test
  void post_bodyByteByByte_isTakenWithinTheTimeout() throws Exception {
    succeeds(new Reply.SlowBody());
  }

  @Test
  void post_bodyWithoutEnd_isTakenWithoutReadingIt() throws Exception {
    succeeds(new Reply.EndlessBody());
  }

  private void succeeds(Reply reply) throws Exception {
    try (WebhookReceiver receiver = WebhookReceiver.start(r -> reply);
        PeerClient client = client(receiver.url())) {
      for (int i = 0; i < 3; i++) {
        long start = System.nanoTime();
        assertThat(post(client).status()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(30));
      }
    }
  }

  @Test
  void post_nobodyListens_failsWithTheReason() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (PeerClient client = client(URI.create("http://127.0.0.1:" + port + "/?secret=CANARY"))) {
      assertThatThrownBy(() -> post(client))
          .isInstanceOf(UndeliveredException.class)
          .hasMessageContaining("refused")
          .hasMessageNotContaining("CANARY");
    }
  }

  @Test
  void post_interrupted_endsAndRestoresTheInterrupt() throws Exception {
    try (WebhookReceiver receiver = WebhookReceiver.start(r -> new Reply.Hang());
        PeerClient client =
            new RestPeerClient(
                receiver.url(),
                new RestPeerClient.Timeouts(
                    Duration.ofSeconds(1), Duration.ofMinutes(10), Duration.ofMinutes(10)),
                Optional.empty(),
                vertx)) {
      AtomicReference<Boolean> restored = new AtomicReference<>();
      Thread thread =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      post(client);
                    } catch (UndeliveredException e) {
                      restored.set(Thread.currentThread().isInterrupted());
                    }
                  });
      org.awaitility.Awaitility.await().until(() -> !receiver.requests().isEmpty());
      thread.interrupt();
      assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
      assertThat(restored.get()).isTrue();
    }
  }
}
