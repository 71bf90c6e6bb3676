/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.sidecache.webhook.PeerClient;

/**
 * A client that tells of each attempt by a span: to which peer, which attempt of its message it is,
 * how long the message is and how it ended. The span is current on the calling thread while the
 * request is made, which tells the peer of it. Used by one thread at a time.
 */
final class TracedPeerClient implements PeerClient {
  private static final AttributeKey<String> PEER = AttributeKey.stringKey("sidecache.peer");
  private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("sidecache.attempt");
  private static final AttributeKey<Long> SIZE = AttributeKey.longKey("http.request.body.size");
  private static final AttributeKey<Long> STATUS =
      AttributeKey.longKey("http.response.status_code");

  private final String peer;
  private final PeerClient client;
  private final Tracer tracer;
  private String id = "";
  private long attempt;

  TracedPeerClient(String peer, PeerClient client, Tracer tracer) {
    this.peer = peer;
    this.client = client;
    this.tracer = tracer;
  }

  @Override
  public Answer post(String id, long timestampSeconds, String signature, byte[] body)
      throws UndeliveredException {
    attempt = id.equals(this.id) ? attempt + 1 : 1;
    this.id = id;
    Span span =
        tracer
            .spanBuilder("sidecache webhook")
            .setSpanKind(SpanKind.CLIENT)
            .setNoParent()
            .setAttribute(PEER, peer)
            .setAttribute(ATTEMPT, attempt)
            .setAttribute(SIZE, (long) body.length)
            .startSpan();
    boolean taken = false;
    try (Scope _ = span.makeCurrent()) {
      Answer answer = client.post(id, timestampSeconds, signature, body);
      span.setAttribute(STATUS, (long) answer.status());
      taken = answer.status() >= 200 && answer.status() < 300;
      return answer;
    } finally {
      if (!taken) {
        span.setStatus(StatusCode.ERROR);
      }
      span.end();
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
