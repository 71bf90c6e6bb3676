/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs messages for one peer (Standard Webhooks, "Signature scheme", symmetric): HMAC-SHA256 over
 * {@code id.timestamp.body}. With several keys, while one is being rotated, there is one signature
 * of each. Immutable and safe for any thread.
 */
public final class Signer {
  private static final String ALGORITHM = "HmacSHA256";

  private final List<SecretKeySpec> keys;

  /**
   * Makes a signer.
   *
   * @param secrets the keys' bytes, newest first; copied
   */
  public Signer(List<byte[]> secrets) {
    if (secrets.isEmpty()) {
      throw new IllegalArgumentException("secrets must not be empty");
    }
    this.keys = secrets.stream().map(secret -> new SecretKeySpec(secret, ALGORITHM)).toList();
  }

  /** The {@code webhook-signature}. */
  String sign(String id, long timestampSeconds, byte[] body) {
    byte[] head = (id + "." + timestampSeconds + ".").getBytes(StandardCharsets.UTF_8);
    StringBuilder signatures = new StringBuilder();
    for (SecretKeySpec key : keys) {
      signatures
          .append(signatures.isEmpty() ? "v1," : " v1,")
          .append(Base64.getEncoder().encodeToString(mac(key, head, body)));
    }
    return signatures.toString();
  }

  private static byte[] mac(SecretKeySpec key, byte[] head, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(head);
      return mac.doFinal(body);
    } catch (GeneralSecurityException e) {
      // Not the cause: a provider's message might quote the key.
      throw new IllegalStateException("every Java platform has " + ALGORITHM);
    }
  }
}
