/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * The nonces that one sender has been given and not used. Each cannot be guessed and counts once.
 * It begins with what all nonces of this process begin with, up to a hyphen, so that a sender can
 * tell who was there when it said something. Bounded: the oldest is forgotten first. Not safe for
 * threads.
 */
final class Nonces {
  private static final int MOST = 64;
  private static final int BYTES = 16;

  private final String process;
  private final SecureRandom random;
  private final LongSupplier nanoClock;
  private final Map<String, Long> givenNanos = new LinkedHashMap<>();

  Nonces(String process, SecureRandom random, LongSupplier nanoClock) {
    this.process = process;
    this.random = random;
    this.nanoClock = nanoClock;
  }

  /** Makes one; reads the clock first, so that what is committed later cannot count as proven. */
  String give() {
    long nowNanos = nanoClock.getAsLong();
    String nonce = process + "-" + hex(random, BYTES);
    givenNanos.put(nonce, nowNanos);
    if (givenNanos.size() > MOST) {
      givenNanos.remove(givenNanos.keySet().iterator().next());
    }
    return nonce;
  }

  static String hex(SecureRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** When this nonce was given; empty where it was not, or has been used. */
  OptionalLong use(String nonce) {
    Long given = givenNanos.remove(nonce);
    return given == null ? OptionalLong.empty() : OptionalLong.of(given);
  }
}
