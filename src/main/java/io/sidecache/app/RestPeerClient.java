/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.app;

import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.quarkus.rest.client.reactive.QuarkusRestClientBuilder;
import io.quarkus.tls.TlsConfiguration;
import io.sidecache.webhook.PeerClient;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The way to one peer through the Quarkus REST client.
 *
 * <p>The client's read timeout starts anew with every byte and it cancels nothing, so the total
 * timeout is a timer that resets the request underneath, wherever it stands. Of an answer's body a
 * little is read, so that the connection can be used again; a longer one ends the connection.
 */
final class RestPeerClient implements PeerClient {
  /** What an honest answer's body has at most. */
  private static final int MOST_BODY_BYTES = 8 * 1024;

  private static final int LONGEST_NONCE = 128;

  private final Vertx vertx;
  private final Duration total;
  private final Supplier<@Nullable String> traceparent;
  private final PeerEndpoint endpoint;
  private final AtomicReference<@Nullable Exchange> current = new AtomicReference<>();

  /**
   * How long a request may take.
   *
   * @param connect for making a connection, and again for the TLS handshake
   * @param read without anything heard
   * @param total from beginning to end
   */
  record Timeouts(Duration connect, Duration read, Duration total) {}

  RestPeerClient(URI url, Timeouts timeouts, Optional<TlsConfiguration> tls, Vertx vertx) {
    this(url, timeouts, tls, vertx, () -> null);
  }

  /**
   * Makes it.
   *
   * @param traceparent what the request says of the span it belongs to; asked on the calling thread
   */
  RestPeerClient(
      URI url,
      Timeouts timeouts,
      Optional<TlsConfiguration> tls,
      Vertx vertx,
      Supplier<@Nullable String> traceparent) {
    this.vertx = vertx;
    this.traceparent = traceparent;
    this.total = timeouts.total();
    QuarkusRestClientBuilder builder =
        QuarkusRestClientBuilder.newBuilder()
            .baseUri(url)
            .connectTimeout(timeouts.connect().toMillis(), TimeUnit.MILLISECONDS)
            .readTimeout(timeouts.read().toMillis(), TimeUnit.MILLISECONDS)
            .followRedirects(false)
            .disableDefaultMapper(true)
            .userAgent("sidecache")
            .httpClientOptionsCustomizer(
                options ->
                    options
                        .setMaxPoolSize(2) // one, and one that is being closed
                        .setSslHandshakeTimeout(timeouts.connect().toMillis())
                        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS))
            .httpClientRequestCustomizer(this::begun);
    tls.ifPresent(builder::tlsConfiguration);
    this.endpoint = builder.build(PeerEndpoint.class);
  }

  /** One request, which may be ended from another thread. */
  private static final class Exchange {
    private final boolean ofServer;
    private @Nullable HttpClientRequest request;
    private boolean ended;
    private boolean expired;

    /** Makes one; it may be about the server as a whole instead of the address. */
    Exchange(boolean ofServer) {
      this.ofServer = ofServer;
    }

    synchronized void begun(HttpClientRequest begun) {
      request = begun;
      if (ofServer) {
        begun.setURI("*");
      }
      if (ended) {
        begun.reset();
      }
    }

    synchronized void expire() {
      expired = true;
      end();
    }

    synchronized void end() {
      ended = true;
      if (request != null) {
        request.reset();
      }
    }

    synchronized boolean isExpired() {
      return expired;
    }
  }

  private void begun(HttpClientRequest request) {
    Exchange exchange = current.get();
    if (exchange != null) {
      exchange.begun(request);
    }
  }

  @Override
  public Answer post(String id, long timestampSeconds, String signature, byte[] body)
      throws UndeliveredException {
    return answer(
        new Exchange(false),
        () ->
            endpoint.post(id, Long.toString(timestampSeconds), signature, traceparent.get(), body));
  }

  /**
   * Asks the peer's server for nothing but an answer, and gives its status. {@code OPTIONS *} is
   * meant for that (RFC 9110, section 9.3.7): it is safe, names no resource, and has no body, so it
   * neither looks like a message nor shows the address that is posted to. Blocks as {@link #post}.
   */
  int ping() throws UndeliveredException {
    return answer(new Exchange(true), endpoint::options).status();
  }

  private Answer answer(Exchange exchange, Supplier<Response> request) throws UndeliveredException {
    current.set(exchange);
    long timer = vertx.setTimer(total.toMillis(), _ -> exchange.expire());
    try (Response response = request.get()) {
      Answer answer =
          new Answer(
              response.getStatus(),
              Optional.ofNullable(response.getHeaderString(HttpHeaders.RETRY_AFTER)),
              Optional.ofNullable(response.getHeaderString("Sidecache-Nonce"))
                  .filter(nonce -> nonce.length() <= LONGEST_NONCE));
      if (!isReadToTheEnd(response)) {
        exchange.end();
      }
      return answer;
    } catch (RuntimeException e) {
      exchange.end();
      throw undelivered(e, exchange);
    } finally {
      vertx.cancelTimer(timer);
      current.set(null);
    }
  }

  /** The status tells all there is to know; what comes of the body changes nothing. */
  private static boolean isReadToTheEnd(Response response) {
    if (!(response.getEntity() instanceof InputStream body)) {
      return true;
    }
    try {
      byte[] some = new byte[1024];
      for (int total = 0; total < MOST_BODY_BYTES; ) {
        int read = body.read(some);
        if (read < 0) {
          return true;
        }
        total += read;
      }
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private UndeliveredException undelivered(RuntimeException failure, Exchange exchange) {
    if (exchange.isExpired()) {
      return UndeliveredException.timeout(total);
    }
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return switch (cause) {
      case InterruptedException _ -> {
        Thread.currentThread().interrupt();
        yield new UndeliveredException("the sidecar ends");
      }
      // These name hosts; others' messages may hold the address with its query.
      case TimeoutException _ -> new UndeliveredException("nothing was heard for the read-timeout");
      case GeneralSecurityException _ ->
          UndeliveredException.tls("the TLS certificate is not trusted");
      case SocketException named -> new UndeliveredException(described(named));
      case UnknownHostException named -> new UndeliveredException(described(named));
      case SslHandshakeTimeoutException named -> new UndeliveredException(described(named));
      case SSLException named -> UndeliveredException.tls(described(named));
      default -> new UndeliveredException(cause.getClass().getSimpleName());
    };
  }

  private static String described(IOException cause) {
    String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return cause.getClass().getSimpleName() + ": " + message;
  }

  @Override
  public void close() {
    if (endpoint instanceof Closeable closeable) {
      try {
        closeable.close();
      } catch (IOException _) {
        // nothing is left to do with it
      }
    }
  }
}
