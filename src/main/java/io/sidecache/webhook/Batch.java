/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.util.Objects;

/** A message for one peer, in its final form: each attempt sends the same id and the same bytes. */
final class Batch {
  /** What a message is; resets and heartbeats stand alone. */
  enum Kind {
    EVICTIONS,
    RESET,
    HEARTBEAT
  }

  private final String id;
  private final byte[] body;
  private final int events;
  private final Kind kind;

  /**
   * Makes a message.
   *
   * @param id its {@code webhook-id}
   * @param body the JSON; not copied
   * @param events how many evictions it tells of
   * @param kind what it is
   */
  Batch(String id, byte[] body, int events, Kind kind) {
    this.id = Objects.requireNonNull(id, "id");
    this.body = body;
    this.events = events;
    this.kind = kind;
  }

  String id() {
    return id;
  }

  byte[] body() {
    return body;
  }

  int events() {
    return events;
  }

  Kind kind() {
    return kind;
  }

  boolean isReset() {
    return kind == Kind.RESET;
  }
}
