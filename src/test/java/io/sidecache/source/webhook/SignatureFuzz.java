/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

import static io.sidecache.fuzz.Oracle.same;

import com.standardwebhooks.Webhook;
import com.standardwebhooks.exceptions.WebhookSigningException;
import io.sidecache.fuzz.Oracle;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Fuzzes the signature, the timestamp and the id of webhooks, against the reference library. */
public final class SignatureFuzz {
  private static final long NOW = 1_790_000_000L;
  private static final List<byte[]> KEYS =
      List.of(new byte[24], "b".repeat(32).getBytes(StandardCharsets.US_ASCII));
  private static final List<Webhook> REFERENCES = KEYS.stream().map(Webhook::new).toList();
  private static final Signatures SIGNATURES =
      new Signatures(KEYS, InstantSource.fixed(Instant.ofEpochSecond(NOW)));

  private SignatureFuzz() {}

  /**
   * One input: changes to a right signature, and in a line each the id, the timestamp, the
   * signatures and the body. In the timestamp {@code N} stands for now, in the signatures {@code A}
   * and {@code B} between blanks for those of the two keys, and {@code C} and {@code D} for the
   * same with the changes.
   */
  public static void fuzzerTestOneInput(byte[] input) {
    List<String> lines = Oracle.lines(Oracle.latin1(input), 5);
    String id = lines.get(1);
    String timestamp = lines.get(2).replace("N", Long.toString(NOW));
    String body = Oracle.utf8(lines.get(4).getBytes(StandardCharsets.ISO_8859_1));
    boolean inTime =
        timestamp.matches("[0-9]{1,12}") && Math.abs(Long.parseLong(timestamp) - NOW) <= 300;
    String[] rights = {"", ""};
    if (timestamp.matches("[0-9]{1,12}")) {
      rights[0] = sign(0, id, Long.parseLong(timestamp), body);
      rights[1] = sign(1, id, Long.parseLong(timestamp), body);
    }
    // The library signs the number, we what was sent: with a zero in front that is not the same.
    boolean plain = timestamp.matches("0|[1-9][0-9]*");
    String field =
        (" " + lines.get(3) + " ")
            .replace(" A ", " " + rights[0] + " ")
            .replace(" B ", " " + rights[1] + " ")
            .replace(" C ", " " + changed(rights[0], lines.get(0)) + " ")
            .replace(" D ", " " + changed(rights[1], lines.get(0)) + " ")
            .strip();
    List<String> known =
        Arrays.stream(field.split(" ", -1))
            .limit(16)
            .filter(part -> part.equals(rights[0]) || part.equals(rights[1]))
            .toList();
    boolean wanted = !id.isEmpty() && id.length() <= 256 && inTime && plain && !known.isEmpty();
    Optional<String> refusal =
        SIGNATURES.refusal(
            new WebhookMessage(
                Optional.of(id),
                Optional.of(timestamp),
                Optional.of(field),
                body.getBytes(StandardCharsets.UTF_8)));
    same(wanted, refusal.isEmpty(), "whether it is to be trusted");
  }

  private static String sign(int key, String id, long timestamp, String body) {
    try {
      return REFERENCES.get(key).sign(id, timestamp, body);
    } catch (WebhookSigningException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Two characters of the changes tell which character becomes which. */
  private static String changed(String signature, String changes) {
    StringBuilder changed = new StringBuilder(signature);
    for (int i = 0; i + 1 < changes.length() && !changed.isEmpty(); i += 2) {
      changed.setCharAt(changes.charAt(i) % changed.length(), changes.charAt(i + 1));
    }
    return changed.toString();
  }
}
