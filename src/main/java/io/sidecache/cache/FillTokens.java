/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import com.github.benmanes.caffeine.cache.Ticker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes and reads fill tokens: the stamp of a cache's fence, bound by a MAC to the cache, the key
 * and this process.
 *
 * <p>There is no table of tokens: all state is in the token, so a flood of misses costs no memory.
 * The key of the MAC is made anew in each process; a token of another sidecar, or of this one
 * before a restart, is foreign. Safe from any thread, never blocks.
 */
public final class FillTokens {
  /** How long a token may be used, counted from the miss that gave it. */
  public static final Duration LIFE = Duration.ofMinutes(5);

  private static final String ALGORITHM = "HmacSHA256";
  private static final int MAC_BYTES = 16;
  private static final int BODY_BYTES = 2 * Long.BYTES;
  private static final int TOKEN_CHARS = (BODY_BYTES + MAC_BYTES) * 4 / 3 + 1;

  /** What a token turned out to be. */
  sealed interface Reading {
    /** Ours, for this key, in time; {@code stamp} is the fence's at the miss. */
    record Genuine(long stamp) implements Reading {}

    /** Not made by this process for this cache and key, or not a token at all. */
    record Foreign() implements Reading {}

    /** Ours, but older than {@link FillTokens#LIFE}. */
    record Expired() implements Reading {}
  }

  private final Ticker ticker;
  private final SecretKeySpec key;

  /** Makes a set with a key of its own. */
  public FillTokens(Ticker ticker, SecureRandom random) {
    this.ticker = ticker;
    byte[] secret = new byte[32];
    random.nextBytes(secret);
    this.key = new SecretKeySpec(secret, ALGORITHM);
  }

  String issue(String cache, String entryKey, long stamp) {
    ByteBuffer token = ByteBuffer.allocate(BODY_BYTES + MAC_BYTES);
    token.putLong(stamp).putLong(ticker.read());
    token.put(mac(cache, entryKey, token.array()), 0, MAC_BYTES);
    return text(token.array());
  }

  private static String text(byte[] token) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
  }

  Reading read(String cache, String entryKey, String token) {
    if (token.length() != TOKEN_CHARS) {
      return new Reading.Foreign();
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException notBase64) {
      return new Reading.Foreign();
    }
    if (!text(bytes).equals(token)) { // the decoder ignores the last two bits
      return new Reading.Foreign();
    }
    byte[] given = new byte[MAC_BYTES];
    System.arraycopy(bytes, BODY_BYTES, given, 0, MAC_BYTES);
    byte[] wanted = new byte[MAC_BYTES];
    System.arraycopy(mac(cache, entryKey, bytes), 0, wanted, 0, MAC_BYTES);
    if (!MessageDigest.isEqual(given, wanted)) {
      return new Reading.Foreign();
    }
    ByteBuffer body = ByteBuffer.wrap(bytes);
    long stamp = body.getLong();
    long ageNanos = ticker.read() - body.getLong();
    return ageNanos > LIFE.toNanos() ? new Reading.Expired() : new Reading.Genuine(stamp);
  }

  private byte[] mac(String cache, String entryKey, byte[] token) {
    Mac mac = mac();
    mac.update(token, 0, BODY_BYTES);
    mac.update(cache.getBytes(StandardCharsets.UTF_8));
    mac.update((byte) 0); // a cache's name holds no NUL, so this cannot be mistaken
    mac.update(entryKey.getBytes(StandardCharsets.UTF_8));
    return mac.doFinal();
  }

  private Mac mac() {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac;
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}
