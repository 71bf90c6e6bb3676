/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A collector of traces by OTLP over HTTP, on a port of its own, which keeps what it is told. */
public final class SpanCollector implements AutoCloseable {
  private static final HexFormat HEX = HexFormat.of();

  private final HttpServer server;
  private final List<byte[]> messages = new CopyOnWriteArrayList<>();
  private final List<Seen> spans = new CopyOnWriteArrayList<>();
  private volatile int status = 200;

  /**
   * A span.
   *
   * @param parent its parent's id; empty where it begins its trace
   * @param of what the process says of itself
   */
  public record Seen(
      String name,
      String trace,
      String id,
      String parent,
      Span.SpanKind kind,
      boolean failed,
      Map<String, String> attributes,
      Map<String, String> of) {}

  private SpanCollector() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/v1/traces", this::take);
    server.start();
  }

  public static SpanCollector start() throws IOException {
    return new SpanCollector();
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces");
  }

  /** All spans, in the order in which they came. */
  public List<Seen> spans() {
    return List.copyOf(spans);
  }

  /** All requests, header fields and bodies, an octet for each character. */
  public List<byte[]> messages() {
    return List.copyOf(messages);
  }

  /** What it answers from now on; anything but 200 takes nothing. */
  public void answer(int next) {
    status = next;
  }

  private void take(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      int answered = status;
      if (answered == 200) {
        messages.add(exchange.getRequestHeaders().toString().getBytes(UTF_8));
        messages.add(body);
        read(ExportTraceServiceRequest.parseFrom(body));
      }
      exchange.sendResponseHeaders(answered, -1);
    }
  }

  private void read(ExportTraceServiceRequest request) {
    request
        .getResourceSpansList()
        .forEach(
            process ->
                process
                    .getScopeSpansList()
                    .forEach(
                        scope ->
                            scope
                                .getSpansList()
                                .forEach(
                                    span ->
                                        spans.add(
                                            seen(
                                                span,
                                                texts(
                                                    process.getResource().getAttributesList()))))));
  }

  private static Seen seen(Span span, Map<String, String> of) {
    return new Seen(
        span.getName(),
        HEX.formatHex(span.getTraceId().toByteArray()),
        HEX.formatHex(span.getSpanId().toByteArray()),
        HEX.formatHex(span.getParentSpanId().toByteArray()),
        span.getKind(),
        span.getStatus().getCode() == Status.StatusCode.STATUS_CODE_ERROR,
        texts(span.getAttributesList()),
        of);
  }

  private static Map<String, String> texts(List<KeyValue> attributes) {
    Map<String, String> texts = new TreeMap<>();
    attributes.forEach(attribute -> texts.put(attribute.getKey(), text(attribute.getValue())));
    return texts;
  }

  private static String text(AnyValue value) {
    return value.hasStringValue() ? value.getStringValue() : Long.toString(value.getIntValue());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
