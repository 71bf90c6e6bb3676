/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * The heartbeats that this instance has sent and not yet seen applied. Each has a nonce that cannot
 * be guessed and that counts once, so nobody else can make one, nor repeat one.
 *
 * <p>Bounded: the oldest is forgotten first, and then counts as forged should it still come back.
 * Safe for any thread; holds its lock for a few map operations.
 */
final class Heartbeats {
  private static final int MOST_OUTSTANDING = 4096;
  private static final int NONCE_BYTES = 16;

  private final SecureRandom random = new SecureRandom();
  private final LongSupplier nanoClock;
  private final String prefix;
  private final Map<String, Beat> outstanding = new LinkedHashMap<>();
  private long nextSequence = 1;

  /**
   * A heartbeat on its way.
   *
   * @param nonce tells it from all others, of all instances
   * @param sequence rises with every heartbeat sent by this instance
   * @param sentNanos the monotonic clock just before it was sent
   * @param heard whether it has come back
   */
  record Beat(String nonce, long sequence, long sentNanos, boolean heard) {}

  Heartbeats(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.prefix = randomHex() + ".";
  }

  /** Makes a heartbeat that is about to be sent; reads the clock. */
  synchronized Beat issue() {
    Beat beat = new Beat(prefix + randomHex(), nextSequence++, nanoClock.getAsLong(), false);
    outstanding.put(beat.nonce(), beat);
    if (outstanding.size() > MOST_OUTSTANDING) {
      Iterator<String> eldest = outstanding.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
    return beat;
  }

  /** The sequence number that the next heartbeat will have. */
  synchronized long nextSequence() {
    return nextSequence;
  }

  /** Whether a nonce claims to be of this instance. */
  boolean isOurs(String nonce) {
    return nonce.startsWith(prefix);
  }

  /** Takes note that a heartbeat came back; empty where it is unknown or came back before. */
  synchronized Optional<Beat> heard(String nonce) {
    Beat beat = outstanding.get(nonce);
    if (beat == null || beat.heard()) {
      return Optional.empty();
    }
    outstanding.put(nonce, new Beat(nonce, beat.sequence(), beat.sentNanos(), true));
    return Optional.of(beat);
  }

  /** Takes note that a heartbeat has been applied, and gives its sequence number. */
  synchronized OptionalLong applied(String nonce) {
    Beat beat = outstanding.get(nonce);
    if (beat == null || !beat.heard()) {
      return OptionalLong.empty();
    }
    outstanding.remove(nonce);
    return OptionalLong.of(beat.sequence());
  }

  private String randomHex() {
    byte[] bytes = new byte[NONCE_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
