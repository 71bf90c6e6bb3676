/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The check of one sender's signatures (Standard Webhooks specification, "Verifying webhook
 * authenticity"). Takes the same time whatever part of a signature is right. Safe from any thread.
 */
final class Signatures {
  static final Duration TOLERANCE = Duration.ofMinutes(5);

  private static final String ALGORITHM = "HmacSHA256";
  private static final String VERSION = "v1,";
  private static final int LONGEST_ID = 256;
  private static final int MOST_SIGNATURES = 16;

  private final List<SecretKeySpec> keys;
  private final InstantSource clock;

  /**
   * Makes the check.
   *
   * @param keys the keys that the sender may sign with
   */
  Signatures(List<byte[]> keys, InstantSource clock) {
    this.keys = keys.stream().map(key -> new SecretKeySpec(key, ALGORITHM)).toList();
    this.clock = clock;
  }

  /** Why a message is not to be trusted, without quoting it; empty where it is. */
  Optional<String> refusal(WebhookMessage message) {
    String id = message.id().orElse("");
    String timestamp = message.timestamp().orElse("");
    if (id.isEmpty() || id.length() > LONGEST_ID) {
      return Optional.of("webhook-id must have 1 to " + LONGEST_ID + " characters");
    }
    if (!isSeconds(timestamp)) {
      return Optional.of("webhook-timestamp must be a number of seconds since 1970");
    }
    if (!isSigned(message, id, timestamp)) {
      return Optional.of("none of webhook-signature's signatures is one of this sender's");
    }
    Instant sent = Instant.ofEpochSecond(Long.parseLong(timestamp));
    return Duration.between(sent, clock.instant()).abs().compareTo(TOLERANCE) > 0
        ? Optional.of("webhook-timestamp is more than 5 minutes from now")
        : Optional.empty();
  }

  private static boolean isSeconds(String text) {
    return !text.isEmpty()
        && text.length() <= 12
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private boolean isSigned(WebhookMessage message, String id, String timestamp) {
    List<byte[]> given = signatures(message.signature().orElse(""));
    boolean found = false;
    for (SecretKeySpec key : keys) {
      byte[] expected =
          Base64.getEncoder().encode(sign(key, id + "." + timestamp + ".", message.body()));
      for (byte[] candidate : given) {
        found |= MessageDigest.isEqual(expected, candidate);
      }
    }
    return found;
  }

  /**
   * Those of a version that we know; others may stand beside them. In Base64 as they came: a
   * decoder takes several spellings of one signature, of which the sender wrote one.
   */
  private static List<byte[]> signatures(String field) {
    List<byte[]> signatures = new ArrayList<>();
    String[] parts = field.split(" ", MOST_SIGNATURES + 1);
    for (int i = 0; i < Math.min(parts.length, MOST_SIGNATURES); i++) {
      if (parts[i].startsWith(VERSION)) {
        signatures.add(parts[i].substring(VERSION.length()).getBytes(StandardCharsets.UTF_8));
      }
    }
    return signatures;
  }

  private static byte[] sign(SecretKeySpec key, String head, byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(head.getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(body);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}
