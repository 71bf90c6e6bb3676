/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.time.Duration;
import java.util.Optional;

/** The way to one peer over HTTP. */
public interface PeerClient extends AutoCloseable {

  /**
   * What a peer answered.
   *
   * @param status the HTTP status
   * @param retryAfter its {@code Retry-After}, as written
   * @param nonce its {@code Sidecache-Nonce}, by which a sidecar asks for heartbeats: up to the
   *     first hyphen, what tells its process from all others
   */
  record Answer(int status, Optional<String> retryAfter, Optional<String> nonce) {}

  /**
   * Posts one message and waits for the answer's head. Blocks, at most for the total timeout,
   * whatever the peer does; follows no redirect; keeps nothing of the answer's body. Called by one
   * thread at a time; an interrupt ends it.
   *
   * @param body the message's bytes, which it does not change
   * @throws UndeliveredException where there was no answer
   */
  Answer post(String id, long timestampSeconds, String signature, byte[] body)
      throws UndeliveredException;

  /** Closes the connections. */
  @Override
  void close();

  /** There was no answer. Its message is fit for people: no credential, no URL. */
  final class UndeliveredException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean ofTls;

    public UndeliveredException(String message) {
      this(message, false);
    }

    private UndeliveredException(String message, boolean ofTls) {
      super(message);
      this.ofTls = ofTls;
    }

    /** The two cannot agree on TLS, which no waiting changes. */
    public static UndeliveredException tls(String message) {
      return new UndeliveredException(message, true);
    }

    /** Whether it is TLS that failed. */
    public boolean isOfTls() {
      return ofTls;
    }

    /** The total timeout passed. */
    public static UndeliveredException timeout(Duration total) {
      return new UndeliveredException("no answer within " + total.toMillis() + " ms");
    }
  }
}
