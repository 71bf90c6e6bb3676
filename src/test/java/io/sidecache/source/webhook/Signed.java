/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookSigningException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/** Messages signed by the reference library of Standard Webhooks. */
public final class Signed {
  private Signed() {}

  /** A secret as it stands in the configuration. */
  public static String secret(byte[] key) {
    return "whsec_" + Base64.getEncoder().encodeToString(key);
  }

  /** The field {@code webhook-signature}. */
  public static String signature(byte[] key, String id, Instant at, String body) {
    try {
      return new Webhook(Base64.getEncoder().encodeToString(key))
          .sign(id, at.getEpochSecond(), body);
    } catch (WebhookSigningException e) {
      throw new IllegalStateException(e);
    }
  }

  static WebhookMessage message(byte[] key, String id, Instant at, String body) {
    return new WebhookMessage(
        Optional.of(id),
        Optional.of(Long.toString(at.getEpochSecond())),
        Optional.of(signature(key, id, at, body)),
        body.getBytes(StandardCharsets.UTF_8));
  }

  /** A batch of one event. */
  public static String batch(String type, String data) {
    return "[" + event(type, data) + "]";
  }

  /** One event. */
  public static String event(String type, String data) {
    return "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/test\",\"type\":\"io.sidecache."
        + type
        + "\",\"data\":"
        + data
        + "}";
  }
}
