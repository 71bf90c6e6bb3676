/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that a database keeps for its sidecars: a heartbeat signed with it was made by the
 * server at the request of one of them. Immutable; safe for any thread; never printed.
 */
final class FleetKey {
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKey key;

  FleetKey(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /**
   * Whether this is the signature of the text (RFC 2104); takes the same time for any wrong one.
   */
  boolean signed(String text, String macHex) {
    byte[] wanted = mac(text);
    byte[] given;
    try {
      given = HexFormat.of().parseHex(macHex);
    } catch (IllegalArgumentException e) {
      return false; // a stranger's text
    }
    return MessageDigest.isEqual(wanted, given);
  }

  /** The signature in lower-case hexadecimal digits. */
  String sign(String text) {
    return HexFormat.of().formatHex(mac(text));
  }

  private byte[] mac(String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      // Every Java platform has it (Mac's documentation), and any bytes are a key for it.
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return "FleetKey[secret]";
  }
}
