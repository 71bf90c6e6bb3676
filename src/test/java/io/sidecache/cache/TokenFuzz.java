/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Fuzzes fill tokens: those that we made are genuine, and nothing else is. */
public final class TokenFuzz {
  private static final AtomicLong NANOS = new AtomicLong();
  private static final FillTokens TOKENS = new FillTokens(NANOS::get, new Sevens());
  private static final FillTokens STRANGER = new FillTokens(NANOS::get, new SecureRandom());
  private static final Mac MAC = mac();
  private static final int CHARS = 43;

  private TokenFuzz() {}

  /** Makes the same key in every process, so that an input means the same in all of them. */
  private static final class Sevens extends SecureRandom {
    private static final long serialVersionUID = 1L;

    @Override
    public void nextBytes(byte[] bytes) {
      Arrays.fill(bytes, (byte) 7);
    }
  }

  /**
   * One input, in lines: the cache, the key, the key that the token is used for (empty for the
   * same), a number that stamp and age are made of, and what becomes of the token: pairs of a place
   * and of a character to put there, or behind {@code =} a token of the input's own.
   */
  public static void fuzzerTestOneInput(byte[] input) {
    List<String> lines = Oracle.lines(Oracle.latin1(input), 5);
    String cache = lines.get(0).replace('\0', '0');
    String key = lines.get(1);
    String used = lines.get(2).isEmpty() ? key : lines.get(2);
    long number = lines.get(3).hashCode() * 0x9E37_79B9_7F4A_7C15L;
    long ageNanos = (number >>> 8) % (2 * FillTokens.LIFE.toNanos());
    NANOS.set(number); // System.nanoTime may start anywhere
    String token = TOKENS.issue(cache, key, number);
    String foreign = STRANGER.issue(cache, key, number);
    NANOS.addAndGet(ageNanos);

    String given = given(token, lines.get(4));
    same(wanted(given, cache, used), TOKENS.read(cache, used, given), "the token");
    same(
        new FillTokens.Reading.Foreign(),
        TOKENS.read(cache, used, used.equals(key) ? given + "A" : token),
        "a token for another key, or with something behind it");
    same(new FillTokens.Reading.Foreign(), TOKENS.read(cache, key, foreign), "a stranger's token");
    same(CHARS, token.getBytes(StandardCharsets.UTF_8).length, "a token's length");
  }

  /**
   * What a token is, told by a MAC of our own making. That it equals one that was issued would say
   * too little: the fuzzer sees what the code under test compares with, and learns from that to
   * write MACs, which nobody outside of the process can see.
   */
  private static FillTokens.Reading wanted(String given, String cache, String key) {
    if (!given.matches("[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")) {
      return new FillTokens.Reading.Foreign();
    }
    ByteBuffer token = ByteBuffer.wrap(Base64.getUrlDecoder().decode(given));
    long stamp = token.getLong();
    long nanos = token.getLong();
    byte[] right =
        MAC.doFinal(
            concatenated(
                Arrays.copyOf(token.array(), token.position()),
                utf8(cache),
                new byte[1],
                utf8(key)));
    if (!Arrays.equals(right, 0, 16, token.array(), token.position(), token.capacity())) {
      return new FillTokens.Reading.Foreign();
    }
    return NANOS.get() - nanos > FillTokens.LIFE.toNanos()
        ? new FillTokens.Reading.Expired()
        : new FillTokens.Reading.Genuine(stamp);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] concatenated(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static Mac mac() {
    try {
      byte[] key = new byte[32];
      new Sevens().nextBytes(key);
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String given(String token, String change) {
    if (change.startsWith("=")) {
      return change.substring(1);
    }
    StringBuilder given = new StringBuilder(token);
    for (int i = 0; i + 1 < change.length(); i += 2) {
      given.setCharAt(change.charAt(i) % given.length(), change.charAt(i + 1));
    }
    return given.toString();
  }
}
