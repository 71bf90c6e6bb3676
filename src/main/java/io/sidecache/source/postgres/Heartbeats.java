/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The heartbeats that this instance has sent and not yet heard, and those that it gave to the sinks
 * and has not yet seen applied. Each has a nonce that cannot be guessed and that counts once, so
 * nobody else can make one, nor repeat one.
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
  private final Map<String, Proven> given = new LinkedHashMap<>();
  private long nextSequence = 1;

  /**
   * A look at the server, with or without a heartbeat.
   *
   * @param nonce tells it from all others, of all instances
   * @param sequence rises with every look of this instance
   * @param sentNanos the monotonic clock just before it was sent
   * @param sends whether a heartbeat goes with it
   */
  record Beat(String nonce, long sequence, long sentNanos, boolean sends) {}

  /**
   * What is so once a {@link io.sidecache.source.SourceSignal.Heartbeat} has been applied:
   * everything that was committed before the look of this sequence number was sent, is.
   *
   * @param sequence the look's
   * @param own whether the look's own heartbeat was heard, and so all that its transaction notified
   *     of before
   * @param lsn the WAL location of the newest heartbeat heard
   * @param settledLsn everything committed at or before this location is applied, whoever notified
   *     of it; 0 where that cannot be said
   * @param session which connection it was heard on
   */
  record Proven(long sequence, boolean own, long lsn, long settledLsn, long session) {}

  Heartbeats(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.prefix = randomHex() + ".";
  }

  /** Makes a look that is about to be sent; reads the clock. */
  synchronized Beat issue(boolean sends) {
    Beat beat = new Beat(prefix + randomHex(), nextSequence++, nanoClock.getAsLong(), sends);
    if (sends) {
      outstanding.put(beat.nonce(), beat);
      bound(outstanding);
    }
    return beat;
  }

  /** The sequence number that the next look will have. */
  synchronized long nextSequence() {
    return nextSequence;
  }

  /** Whether a nonce claims to be of this instance. */
  boolean isOurs(String nonce) {
    return nonce.startsWith(prefix);
  }

  /** Takes note that a heartbeat came back; empty where it is unknown or came back before. */
  synchronized Optional<Beat> heard(String nonce) {
    return Optional.ofNullable(outstanding.remove(nonce));
  }

  /** Takes note of what is about to be given to the sinks; gives the nonce of its signal. */
  synchronized String giving(Beat beat, Proven proven) {
    // A look may be proven by another's heartbeat first, and by its own later.
    String nonce = proven.own() ? beat.nonce() : beat.nonce() + "+";
    given.put(nonce, proven);
    bound(given);
    return nonce;
  }

  /** Takes note that a signal has been applied, and tells what it proved. */
  synchronized Optional<Proven> applied(String nonce) {
    return Optional.ofNullable(given.remove(nonce));
  }

  private static void bound(Map<String, ?> map) {
    if (map.size() > MOST_OUTSTANDING) {
      Iterator<String> eldest = map.keySet().iterator();
      eldest.next();
      eldest.remove();
    }
  }

  private String randomHex() {
    byte[] bytes = new byte[NONCE_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
