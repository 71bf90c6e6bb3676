/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.source.SourceUnavailableException;
import io.sidecache.testing.HandDrivenTime;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The door for webhooks, with messages that the reference library signed. */
final class WebhookReceiverTest {
  private static final byte[] KEY = key(1);
  private static final byte[] NEXT_KEY = key(2);
  private static final Instant NOW = Instant.parse("2026-11-23T19:44:17Z");
  private static final String BODY =
      Signed.batch("invalidated", "{\"cache\":\"products\",\"key\":\"42\"}");

  private final HandDrivenTime time = new HandDrivenTime();
  private final List<Statement> delivered = new ArrayList<>();
  private CompletableFuture<Void> outcome = CompletableFuture.completedFuture(null);
  private Instant now = NOW;
  private final WebhookReceiver receiver =
      new WebhookReceiver(
          Map.of("billing", List.of(KEY, NEXT_KEY), "other", List.of(key(3))),
          new Delivery() {
            @Override
            public CompletionStage<Void> deliver(String sender, List<Statement> statements) {
              delivered.addAll(statements);
              return outcome;
            }

            @Override
            public Optional<String> nonce(String sender) {
              return Optional.of("nonce");
            }
          },
          () -> now,
          time);

  private static byte[] key(int seed) {
    byte[] key = new byte[32];
    new Random(seed).nextBytes(key);
    return key;
  }

  private Receipt receive(WebhookMessage message) {
    return receiver.receive("billing", message).toCompletableFuture().join();
  }

  private void assertUntrusted(WebhookMessage message) {
    assertThat(receive(message)).isInstanceOf(Receipt.Untrusted.class);
    assertThat(delivered).isEmpty();
  }

  private SenderFigures figures() {
    return receiver.figures().iterator().next();
  }

  @Test
  void receive_signedWithAnyOfTheSecrets_isApplied() {
    assertThat(receive(Signed.message(KEY, "a", NOW, BODY)))
        .isEqualTo(new Receipt.Applied(Optional.of("nonce")));
    assertThat(receive(Signed.message(NEXT_KEY, "b", NOW, BODY)))
        .isInstanceOf(Receipt.Applied.class);
    String both =
        Signed.signature(key(9), "c", NOW, BODY) + " " + Signed.signature(KEY, "c", NOW, BODY);
    assertThat(receive(with(both, "c"))).isInstanceOf(Receipt.Applied.class);
    assertThat(receive(with("v1a,xyz " + Signed.signature(KEY, "d", NOW, BODY), "d")))
        .isInstanceOf(Receipt.Applied.class);
    assertThat(delivered)
        .hasSize(4)
        .containsOnly(new Statement.Change(new Invalidation.Key("products", "42"), null));
    assertThat(figures().accepted()).isEqualTo(4);
  }

  private static WebhookMessage with(String signature, String id) {
    return new WebhookMessage(
        Optional.of(id),
        Optional.of(Long.toString(NOW.getEpochSecond())),
        Optional.of(signature),
        BODY.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void receive_notSignedByTheSender_isNotTrusted() {
    assertUntrusted(Signed.message(key(3), "a", NOW, BODY)); // another sender's key
    assertUntrusted(with("", "a"));
    assertUntrusted(with("v1,", "a"));
    assertUntrusted(with("v1,????", "a"));
    assertUntrusted(with("v2," + Signed.signature(KEY, "a", NOW, BODY).substring(3), "a"));
    assertUntrusted(with(Signed.signature(KEY, "other", NOW, BODY), "a"));
    assertUntrusted(with(Signed.signature(KEY, "a", NOW.plusSeconds(1), BODY), "a"));
    assertUntrusted(with(Signed.signature(KEY, "a", NOW, BODY + " "), "a"));
    String genuine = Signed.signature(KEY, "a", NOW, BODY);
    assertUntrusted(with(genuine.substring(0, genuine.length() - 5), "a"));
    assertThat(figures().untrusted()).isEqualTo(9);
  }

  @Test
  void receive_fieldsMissingOrMalformed_isNotTrusted() {
    WebhookMessage good = Signed.message(KEY, "a", NOW, BODY);
    assertUntrusted(
        new WebhookMessage(Optional.empty(), good.timestamp(), good.signature(), good.body()));
    assertUntrusted(new WebhookMessage(good.id(), good.timestamp(), Optional.empty(), good.body()));
    for (Optional<String> timestamp :
        List.of(
            Optional.<String>empty(),
            Optional.of(""),
            Optional.of("-1"),
            Optional.of("now"),
            Optional.of("99999999999999999999"),
            Optional.of(NOW.toString()))) {
      assertUntrusted(new WebhookMessage(good.id(), timestamp, good.signature(), good.body()));
    }
    assertUntrusted(Signed.message(KEY, "x".repeat(257), NOW, BODY));
  }

  @Test
  void receive_timestampAtTheEdge_countsToFiveMinutes() {
    for (long seconds : new long[] {-301, 301, -86_400}) {
      assertUntrusted(Signed.message(KEY, "a", NOW.plusSeconds(seconds), BODY));
    }
    assertThat(receive(Signed.message(KEY, "b", NOW.plusSeconds(-300), BODY)))
        .isInstanceOf(Receipt.Applied.class);
    assertThat(receive(Signed.message(KEY, "c", NOW.plusSeconds(300), BODY)))
        .isInstanceOf(Receipt.Applied.class);
  }

  @Test
  void receive_again_isAnsweredLikeTheFirstAndAppliedOnce() {
    Receipt first = receive(Signed.message(KEY, "a", NOW, BODY));
    now = NOW.plusSeconds(60);
    Receipt second = receive(Signed.message(KEY, "a", now, BODY));
    assertThat(second).isEqualTo(first);
    assertThat(delivered).hasSize(1);
    assertThat(figures().replayed()).isEqualTo(1);
  }

  @Test
  void receive_againAfterTheWindow_isAppliedAgain() {
    receive(Signed.message(KEY, "a", NOW, BODY));
    time.advance(RecentMessages.window().plusSeconds(1));
    receive(Signed.message(KEY, "a", NOW, BODY));
    assertThat(delivered).hasSize(2);
  }

  @Test
  void receive_againAfterAFailure_isAppliedThen() {
    outcome = CompletableFuture.failedFuture(new SourceUnavailableException("away"));
    assertThatThrownBy(() -> receive(Signed.message(KEY, "a", NOW, BODY)))
        .hasCauseInstanceOf(SourceUnavailableException.class);
    outcome = CompletableFuture.completedFuture(null);
    assertThat(receive(Signed.message(KEY, "a", NOW, BODY))).isInstanceOf(Receipt.Applied.class);
    assertThat(delivered).hasSize(2);
    assertThat(figures().failed()).isEqualTo(1);
    assertThat(figures().replayed()).isZero();
  }

  @Test
  void receive_idOfBeforeAReset_isAppliedAgainButNoReset() {
    String reset = Signed.batch("reset", "{}");
    receive(Signed.message(KEY, "reset-1", NOW, reset));
    receive(Signed.message(KEY, "a", NOW, BODY));
    receive(Signed.message(KEY, "reset-2", NOW, reset));
    assertThat(delivered).hasSize(3);

    receive(Signed.message(KEY, "a", NOW, BODY));
    assertThat(delivered).as("after a crash the id may be another change's").hasSize(4);

    receive(Signed.message(KEY, "reset-1", NOW, reset));
    receive(Signed.message(KEY, "reset-2", NOW, reset));
    receive(Signed.message(KEY, "a", NOW, BODY));
    assertThat(delivered).hasSize(4);
  }

  @Test
  void receive_againWhileTheFirstIsUnderWay_waitsForIt() {
    outcome = new CompletableFuture<>();
    CompletableFuture<Receipt> first =
        receiver.receive("billing", Signed.message(KEY, "a", NOW, BODY)).toCompletableFuture();
    CompletableFuture<Receipt> second =
        receiver.receive("billing", Signed.message(KEY, "a", NOW, BODY)).toCompletableFuture();
    assertThat(first).isNotDone();
    assertThat(second).isNotDone();
    outcome.complete(null);
    assertThat(second.join()).isEqualTo(first.join());
    assertThat(delivered).hasSize(1);
  }

  @Test
  void recentMessages_withoutEnd_areBounded() {
    RecentMessages recent = new RecentMessages(time);
    for (int i = 0; i < 100_000; i++) {
      recent.enter(Integer.toString(i), false, new CompletableFuture<>());
    }
    assertThat(recent.size()).isEqualTo(65_536);
    time.advance(RecentMessages.window().plus(Duration.ofSeconds(1)));
    recent.enter("new", false, new CompletableFuture<>());
    assertThat(recent.size()).isEqualTo(1);
  }

  @Test
  void receive_everyForm_isUnderstood() {
    String body =
        "["
            + String.join(
                ",",
                Signed.event("invalidated", "{\"cache\":\"c\",\"key\":\"\",\"at\":\"x\"}"),
                Signed.event(
                    "invalidated",
                    "{\"cache\":\"c\",\"group\":\"g\",\"position\":\"2-745-16/B374D848\"}"),
                Signed.event(
                    "invalidated", "{\"cache\":\"c\",\"whole\":true,\"position\":\"anything\"}"),
                Signed.event("invalidated", "{\"everything\":true}"),
                Signed.event("reset", "{\"cache\":\"c\"}"),
                Signed.event("reset", "{}"),
                Signed.event("heartbeat", "{}"),
                Signed.event(
                    "heartbeat",
                    "{\"nonce\":\"n\",\"position\":\"1-0-0/1\",\"snapshot\":\"1:2:\"}"),
                "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"extension\":{\"a\":[1]},"
                    + "\"datacontenttype\":\"application/json; charset=utf-8\","
                    + "\"type\":\"io.sidecache.reset\"}")
            + "]";
    assertThat(receive(Signed.message(KEY, "a", NOW, body))).isInstanceOf(Receipt.Applied.class);
    assertThat(delivered).hasSize(9);
    assertThat(delivered.subList(2, 6))
        .containsExactly(
            new Statement.Change(new Invalidation.WholeCache("c"), null),
            new Statement.Change(new Invalidation.Everything(), null),
            new Statement.Change(new Invalidation.WholeCache("c"), null),
            new Statement.Change(new Invalidation.Everything(), null));
    assertThat(receive(Signed.message(KEY, "b", NOW, "[]"))).isInstanceOf(Receipt.Applied.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "{}",
        "\"canary\"",
        "[",
        "[}",
        "[1]",
        "[[]]",
        "[{}]",
        "[] []",
        "[{\"type\":\"io.sidecache.reset\"}]",
        "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"canary\"}]",
        "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\"}]",
        "[{\"specversion\":\"0.3\",\"id\":\"1\",\"source\":\"s\",\"type\":\"io.sidecache.reset\"}]",
        "[{\"specversion\":\"1.0\",\"id\":\"\",\"source\":\"s\",\"type\":\"io.sidecache.reset\"}]",
        "[{\"specversion\":\"1.0\",\"source\":\"s\",\"type\":\"io.sidecache.reset\"}]",
        "[{\"specversion\":\"1.0\",\"id\":1,\"source\":\"s\",\"type\":\"io.sidecache.reset\"}]",
        "[{\"specversion\":\"1.0\",\"id\":\"1\",\"id\":\"1\",\"source\":\"s\",\"type\":\"io.sidecache.reset\"}]",
        "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"io.sidecache.reset\",\"datacontenttype\":\"text/xml\"}]",
        "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"io.sidecache.reset\"},]",
        "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"io.sidecache.reset\"}]NaN"
      })
  void receive_notABatch_isNotUnderstood(String body) {
    assertNotUnderstood(body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "\"canary\"",
        "{\"cache\":\"c\"}",
        "{\"key\":\"k\"}",
        "{\"cache\":\"\",\"key\":\"k\"}",
        "{\"cache\":\"c\",\"key\":7}",
        "{\"cache\":\"c\",\"key\":null}",
        "{\"cache\":\"c\",\"group\":\"\"}",
        "{\"cache\":\"c\",\"key\":\"k\",\"group\":\"g\"}",
        "{\"cache\":\"c\",\"whole\":false}",
        "{\"cache\":\"c\",\"whole\":\"true\"}",
        "{\"cache\":\"c\",\"everything\":true}",
        "{\"cache\":\"c\",\"key\":\"k\",\"canary\":1}",
        "{\"cache\":\"c\",\"key\":\"k\",\"key\":\"k\"}",
        "{\"cache\":\"c\",\"key\":\"k\",\"position\":7}",
        "{\"cache\":\"c\",\"key\":\"a\\u0000b\"}",
        "{\"cache\":\"c\",\"group\":\"a\\u0000b\"}",
        "{\"cache\":\"a\\u0000b\",\"whole\":true}",
        "{\"cache\":\"c\",\"key\":\"k\",\"nonce\":\"n\"}"
      })
  void receive_dataThatSaysNothingKnown_isNotUnderstood(String data) {
    assertNotUnderstood(Signed.batch("invalidated", data));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"nonce\":\"n\"}",
        "{\"nonce\":\"n\",\"position\":\"1-0-0/1\"}",
        "{\"nonce\":\"n\",\"position\":\"1-0-0/1\",\"snapshot\":\"canary\"}",
        "{\"nonce\":\"n\",\"position\":\"canary\",\"snapshot\":\"1:2:\"}",
        "{\"nonce\":\"n\",\"position\":\"0-0-0/1\",\"snapshot\":\"1:2:\"}",
        "{\"cache\":\"c\"}",
        "{\"everything\":true}"
      })
  void receive_heartbeatThatProvesNothing_isNotUnderstood(String data) {
    assertNotUnderstood(Signed.batch("heartbeat", data));
  }

  @Test
  void receive_secondEventOfABatchNotUnderstood_appliesNothing() {
    assertNotUnderstood(
        "["
            + Signed.event("invalidated", "{\"cache\":\"c\",\"key\":\"k\"}")
            + ","
            + Signed.event("canary", "{}")
            + "]");
  }

  private void assertNotUnderstood(String body) {
    assertThat(receive(Signed.message(KEY, "a", NOW, body)))
        .isInstanceOfSatisfying(
            Receipt.NotUnderstood.class,
            receipt -> assertThat(receipt.rule()).isNotBlank().doesNotContain("canary"));
    assertThat(delivered).isEmpty();
    assertThat(figures().notUnderstood()).isEqualTo(1);
    assertThat(figures().accepted()).isZero();
  }

  @Test
  void receive_anythingAtAll_neverThrowsAndNeverAppliesWhatIsNotABatch() {
    Random random = new Random(42);
    byte[] good = BODY.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < 20_000; i++) {
      byte[] body = mutated(good, random);
      try {
        List<Statement> statements = EventBatch.read(body);
        assertThat(statements).allMatch(Statement.Change.class::isInstance);
      } catch (NotUnderstoodException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  private static byte[] mutated(byte[] good, Random random) {
    byte[] body = Arrays.copyOf(good, 1 + random.nextInt(good.length));
    int changes = random.nextInt(4);
    if (random.nextBoolean()) {
      body = good.clone();
    }
    for (int c = 0; c < changes; c++) {
      body[random.nextInt(body.length)] = (byte) random.nextInt(256);
    }
    return body;
  }

  @Test
  void receive_deeplyNested_isNotUnderstood() {
    assertNotUnderstood("[".repeat(100_000));
  }

  @Test
  void knows_configuredNamesAlone() {
    assertThat(receiver.knows("billing")).isTrue();
    assertThat(receiver.knows("Billing")).isFalse();
    assertThat(receiver.knows("")).isFalse();
  }
}
