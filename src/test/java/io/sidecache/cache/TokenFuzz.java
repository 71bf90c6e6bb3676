/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.cache;

import static io.sidecache.fuzz.Oracle.same;

import io.sidecache.fuzz.Oracle;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Fuzzes fill tokens: those that we made are genuine, and nothing else is. */
public final class TokenFuzz {
  private static final AtomicLong NANOS = new AtomicLong();
  private static final FillTokens TOKENS = new FillTokens(NANOS::get, new Sevens());
  private static final FillTokens STRANGER = new FillTokens(NANOS::get, new SecureRandom());
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
    FillTokens.Reading wanted =
        !given.equals(token) || !used.equals(key)
            ? new FillTokens.Reading.Foreign()
            : ageNanos > FillTokens.LIFE.toNanos()
                ? new FillTokens.Reading.Expired()
                : new FillTokens.Reading.Genuine(number);
    same(wanted, TOKENS.read(cache, used, given), "the token");
    same(new FillTokens.Reading.Foreign(), TOKENS.read(cache, key, foreign), "a stranger's token");
    same(CHARS, token.getBytes(StandardCharsets.UTF_8).length, "a token's length");
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
