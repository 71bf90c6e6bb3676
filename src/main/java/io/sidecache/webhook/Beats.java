/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import io.sidecache.source.SourceSignal;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The heartbeats for one peer, if it is a sidecar that lives from our webhooks: it answers each
 * message with a nonce, and the next heartbeat of PostgreSQL's that was sent after that proves to
 * it that it has been told all until then.
 *
 * <p>That holds for one process alone, which is known by what its nonces begin with. Behind one
 * address there may be several, or another than before; who is there now was not told what the
 * other was. So each must have taken a reset, and all since, before anything is proven to it.
 */
final class Beats {
  private final Outbox outbox;
  private final LongSupplier nanoClock;

  private final AtomicReference<@Nullable Nonce> nonce = new AtomicReference<>();
  private volatile boolean wanted;
  private volatile boolean onItsWay;

  /** Which process took the last reset; empty where it gives no nonces. Peer's thread alone. */
  private String listener = "";

  /** What the peer gave us for the next heartbeat. */
  private record Nonce(String text, long receivedNanos) {}

  Beats(Outbox outbox, LongSupplier nanoClock) {
    this.outbox = outbox;
    this.nanoClock = nanoClock;
  }

  /** The peer took a message. Called by its thread. */
  void answered(boolean reset, Optional<String> given) {
    String process = given.map(Beats::process).orElse("");
    if (reset) {
      listener = process;
    } else if (!process.equals(listener)) {
      outbox.cover(0); // a reset, ahead of all that waits
    }
    given.ifPresent(text -> nonce.set(new Nonce(text, nanoClock.getAsLong())));
    wanted |= given.isPresent();
  }

  private static String process(String nonce) {
    int end = nonce.indexOf('-');
    return end < 0 ? "" : nonce.substring(0, end);
  }

  /** Asks for a nonce in place of a proof for another process. Called by the peer's thread. */
  Beat honest(Beat beat) {
    return new Beat(beat.proof().filter(proof -> process(proof.nonce()).equals(listener)));
  }

  /**
   * Queues a heartbeat for a peer that gives nonces, behind all that was committed before. Called
   * by the pipeline.
   */
  void heard(SourceSignal.Heartbeat heartbeat) {
    if (!wanted || onItsWay) {
      return;
    }
    Nonce held = nonce.get();
    if (held == null) {
      put(new Beat(Optional.empty()));
    } else if (heartbeat.sentNanos() - held.receivedNanos() >= 0
        && nonce.compareAndSet(held, null)) {
      put(
          new Beat(
              Optional.of(
                  new Beat.Proof(held.text(), heartbeat.position(), heartbeat.snapshot()))));
    }
  }

  private void put(Beat beat) {
    onItsWay = true; // first: the peer's thread may be done with it at once
    if (!outbox.putBeat(beat)) {
      onItsWay = false;
    }
  }

  /** A heartbeat was sent, or given up. Called by the peer's thread. */
  void done() {
    onItsWay = false;
  }
}
