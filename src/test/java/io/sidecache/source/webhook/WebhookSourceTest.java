/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.sidecache.invalidation.Invalidation;
import io.sidecache.invalidation.Position;
import io.sidecache.invalidation.Snapshot;
import io.sidecache.source.SourceSignal;
import io.sidecache.source.SourceStatus;
import io.sidecache.source.SourceUnavailableException;
import io.sidecache.testing.HandDrivenTime;
import io.sidecache.testing.RecordingSink;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A source that lives from webhooks, with time moved by hand. */
final class WebhookSourceTest {
  private static final Position POSITION = new Position(1, 0, 42);
  private static final Snapshot SNAPSHOT = Snapshot.parse("7:7:");

  private final HandDrivenTime time = new HandDrivenTime();
  private final RecordingSink sink = new RecordingSink();
  private final WebhookSource source =
      new WebhookSource(
          Duration.ofSeconds(3), time, InstantSource.fixed(Instant.parse("2026-11-23T19:44:17Z")));

  @BeforeEach
  void start() {
    source.start(sink);
  }

  private void deliver(String sender, Statement... statements) {
    assertThat(source.deliver(sender, List.of(statements))).isCompleted();
  }

  private String nonce() {
    return source.nonce("relay").orElseThrow();
  }

  private static Statement beat(String nonce) {
    return new Statement.Beat(Optional.of(new Statement.Proof(nonce, POSITION, SNAPSHOT)));
  }

  private static Statement change(String key) {
    return new Statement.Change(new Invalidation.Key("c", key), POSITION);
  }

  @Test
  void deliver_changes_areGivenToTheSinkInOrder() {
    deliver("relay", change("1"), change("2"));
    assertThat(sink.signals())
        .containsExactly(
            new SourceSignal.Changed(new Invalidation.Key("c", "1"), POSITION),
            new SourceSignal.Changed(new Invalidation.Key("c", "2"), POSITION));
    assertThat(source.status().state()).isEqualTo(SourceStatus.State.LISTENING);
    assertThat(source.status().disconnectedFor()).isEmpty();
  }

  @Test
  void beat_withANonceOfOurs_provesWhatWasSaidSinceThen() {
    time.advance(Duration.ofSeconds(10));
    String nonce = nonce();
    long givenNanos = time.getAsLong();
    time.advance(Duration.ofSeconds(1));
    deliver("relay", change("1"), beat(nonce));
    assertThat(sink.kinds()).containsExactly("Changed", "GapClosed", "Heartbeat");
    assertThat(sink.all(SourceSignal.Heartbeat.class))
        .containsExactly(new SourceSignal.Heartbeat(nonce, POSITION, SNAPSHOT, givenNanos));
    assertThat(source.status().state()).isEqualTo(SourceStatus.State.FRESH);
    assertThat(source.status().lag()).contains(Duration.ofSeconds(1));
  }

  @Test
  void beat_thatProvesNothing_changesNothing() {
    String nonce = nonce();
    String stale = nonce();
    deliver("relay", new Statement.Beat(Optional.empty()));
    deliver("relay", beat("guessed"));
    deliver("other", beat(nonce)); // given to the relay
    deliver("relay", beat(nonce));
    deliver("relay", beat(nonce)); // a second time
    assertThat(sink.kinds()).containsExactly("GapClosed", "Heartbeat");
    assertThat(sink.all(SourceSignal.Heartbeat.class)).hasSize(1);
    time.advance(Duration.ofSeconds(3));
    deliver("relay", beat(stale)); // too late
    assertThat(sink.all(SourceSignal.Heartbeat.class)).hasSize(1);
    assertThat(source.status().forgedHeartbeats()).isEqualTo(3);
  }

  @Test
  void beat_overtakenByANewerOne_changesNothing() {
    String older = nonce();
    time.advance(Duration.ofMillis(1));
    String newer = nonce();
    deliver("relay", beat(newer), beat(older));
    assertThat(sink.all(SourceSignal.Heartbeat.class)).hasSize(1);
  }

  @Test
  void tick_whenTheProofIsTooOld_opensAGapUntilTheNextProof() {
    String nonce = nonce();
    time.advance(Duration.ofSeconds(1));
    deliver("relay", beat(nonce));
    time.advance(Duration.ofMillis(1999));
    source.tick();
    assertThat(sink.kinds()).containsExactly("GapClosed", "Heartbeat");
    time.advance(Duration.ofMillis(1));
    source.tick();
    source.tick();
    assertThat(sink.kinds()).containsExactly("GapClosed", "Heartbeat", "GapOpened");
    assertThat(source.status().state()).isEqualTo(SourceStatus.State.LISTENING);
    deliver("relay", beat(nonce()));
    assertThat(sink.kinds())
        .containsExactly("GapClosed", "Heartbeat", "GapOpened", "GapClosed", "Heartbeat");
    assertThat(source.status().reconnects()).isEqualTo(1);
  }

  @Test
  void nonces_withoutEnd_areBounded() {
    String first = nonce();
    for (int i = 0; i < 64; i++) {
      nonce();
    }
    deliver("relay", beat(first));
    assertThat(sink.signals()).isEmpty();
  }

  @Test
  void publish_withoutADatabase_fails() {
    for (CompletionStage<Void> asked :
        List.of(
            source.publish(List.of(new Invalidation.Everything())),
            source.barrier(),
            source.await(1))) {
      assertThat(asked)
          .failsWithin(Duration.ZERO)
          .withThrowableThat()
          .withCauseInstanceOf(SourceUnavailableException.class);
    }
  }

  @Test
  void deliver_afterClosing_fails() {
    source.close();
    source.close();
    assertThat(source.deliver("relay", List.of(change("1")))).isCompletedExceptionally();
    assertThat(source.status().state()).isEqualTo(SourceStatus.State.CLOSED);
    assertThat(sink.signals()).isEmpty();
  }
}
