/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.rest.conformance;

import static io.sidecache.rest.conformance.Calls.entry;

import io.sidecache.app.ConformanceProfile;
import io.sidecache.app.Sidecar;
import io.sidecache.app.Sidecar.Answer;
import io.sidecache.source.webhook.Signed;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** {@code POST /v1/webhooks/in/{sender}}. */
final class WebhookInClauses {
  private static final String ROW = "Webhooks in";

  private WebhookInClauses() {}

  static List<Clause> all() {
    return List.of(
        new Clause(
            ROW,
            "202 once applied",
            () -> {
              Sidecar.fill(entry("plain", "in1"), "x");
              post(UUID.randomUUID().toString(), Instant.now(), batch("in1")).assertStatus(202);
              Sidecar.get(entry("plain", "in1")).assertProblem(404, "entry-absent");
            }),
        new Clause(
            ROW,
            "401 for a bad signature",
            () -> {
              Sidecar.fill(entry("plain", "in2"), "x");
              Instant now = Instant.now();
              send(
                      "bad",
                      now,
                      batch("in2"),
                      Signed.signature(ConformanceProfile.key(), "good", now, batch("in2")))
                  .assertProblem(401, "untrusted");
              send("bad", now, batch("in2"), "v1,canary").assertProblem(401, "untrusted");
              send("bad", now, batch("in2"), "").assertProblem(401, "untrusted");
              Sidecar.get(entry("plain", "in2")).assertStatus(200);
            }),
        new Clause(
            ROW,
            "the timestamp is within 5 minutes",
            () -> {
              Instant now = Instant.now();
              post("early", now.plusSeconds(360), batch("in3")).assertProblem(401, "untrusted");
              post("late", now.minusSeconds(360), batch("in3")).assertProblem(401, "untrusted");
              post("just", now.minusSeconds(240), batch("in3")).assertStatus(202);
            }),
        new Clause(
            ROW,
            "replays are dropped by id",
            () -> {
              Instant now = Instant.now();
              post("twice", now, batch("in4")).assertStatus(202);
              Sidecar.fill(entry("plain", "in4"), "x");
              post("twice", now, batch("in4")).assertStatus(202);
              Sidecar.get(entry("plain", "in4")).assertStatus(200);
            }),
        new Clause(
            ROW,
            "400 for a body that is not a batch",
            () -> {
              for (String body :
                  List.of("", "canary", "{}", "[{}]", "[1]", Signed.batch("canary", "{}"))) {
                post(UUID.randomUUID().toString(), Instant.now(), body)
                    .assertProblem(400, "invalid-request");
              }
            }));
  }

  private static String batch(String key) {
    return Signed.batch("invalidated", "{\"cache\":\"plain\",\"key\":\"" + key + "\"}");
  }

  private static Answer post(String id, Instant at, String body) {
    return send(id, at, body, Signed.signature(ConformanceProfile.key(), id, at, body));
  }

  private static Answer send(String id, Instant at, String body, String signature) {
    return Sidecar.send(
        "POST",
        "/v1/webhooks/in/billing",
        BodyPublishers.ofString(body),
        "Content-Type",
        "application/cloudevents-batch+json",
        "webhook-id",
        id,
        "webhook-timestamp",
        Long.toString(at.getEpochSecond()),
        "webhook-signature",
        signature);
  }
}
