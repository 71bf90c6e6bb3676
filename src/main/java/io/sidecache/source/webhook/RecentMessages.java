/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * The ids of the messages that one sender sent lately, with what became of them. A message may be
 * sent again as long as its timestamp is good, which is twice the tolerance. Bounded: beyond that
 * the oldest is forgotten, and its repetition is applied once more, which evicts once more. Safe
 * from any thread.
 *
 * <p>A reset ends the memory of all but resets. One reason for it may be a server that crashed and
 * lost its last commits: that gives their transaction ids anew, and ids that are made of them.
 */
final class RecentMessages {
  private static final int MOST = 65_536;
  private static final long WINDOW_NANOS = 2 * Signatures.TOLERANCE.toNanos();

  private final LongSupplier nanoClock;
  private final Map<String, Seen> byId = new LinkedHashMap<>();

  private record Seen(CompletableFuture<Void> outcome, boolean reset, long atNanos) {}

  RecentMessages(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /**
   * The outcome of an earlier message of this id; empty where this is the first, which enters.
   *
   * @param reset whether it says to forget everything
   */
  synchronized Optional<CompletableFuture<Void>> enter(
      String id, boolean reset, CompletableFuture<Void> outcome) {
    long nowNanos = nanoClock.getAsLong();
    Iterator<Seen> oldest = byId.values().iterator();
    while (oldest.hasNext()
        && (oldest.next().atNanos + WINDOW_NANOS - nowNanos < 0 || byId.size() >= MOST)) {
      oldest.remove();
    }
    Seen seen = byId.putIfAbsent(id, new Seen(outcome, reset, nowNanos));
    return Optional.ofNullable(seen).map(Seen::outcome);
  }

  /** The message was not applied, so its repetition is to be. */
  synchronized void forget(String id) {
    byId.remove(id);
  }

  /** A reset was applied. */
  synchronized void reset() {
    byId.values().removeIf(seen -> !seen.reset());
  }

  /** How many are remembered. */
  synchronized int size() {
    return byId.size();
  }

  /** How long they are remembered. */
  static Duration window() {
    return Duration.ofNanos(WINDOW_NANOS);
  }
}
