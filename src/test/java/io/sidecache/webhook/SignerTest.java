/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The reference library of Standard Webhooks accepts what we sign. */
final class SignerTest {
  private static final byte[] NEW =
      "0123456789012345678901234567890n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] OLD =
      "0123456789012345678901234567890o".getBytes(StandardCharsets.UTF_8);
  private static final String BODY = "[{\"key\":\"Ø\"}]";

  @Test
  void sign_whileASecretRotates_isAcceptedByBothAndByNoOther() throws Exception {
    long now = Instant.now().getEpochSecond();
    String signature =
        new Signer(List.of(NEW, OLD)).sign("msg_1", now, BODY.getBytes(StandardCharsets.UTF_8));

    assertThat(signature.split(" ")).hasSize(2);
    verify(NEW, signature, now);
    verify(OLD, signature, now);
    assertThatThrownBy(() -> verify(new byte[32], signature, now))
        .isInstanceOf(WebhookVerificationException.class);
  }

  private static void verify(byte[] secret, String signature, long now) throws Exception {
    new Webhook("whsec_" + Base64.getEncoder().encodeToString(secret))
        .verify(
            BODY,
            HttpHeaders.of(
                Map.of(
                    "webhook-id", List.of("msg_1"),
                    "webhook-timestamp", List.of(Long.toString(now)),
                    "webhook-signature", List.of(signature)),
                (name, value) -> true));
  }
}
