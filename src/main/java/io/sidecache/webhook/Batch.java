/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.util.Objects;

/** A message for one peer, in its final form: each attempt sends the same id and the same bytes. */
final class Batch {
  private final String id;
  private final byte[] body;
  private final int events;
  private final boolean reset;

  /**
   * Makes a message.
   *
   * @param id its {@code webhook-id}
   * @param body the JSON; not copied
   * @param events how many evictions it tells of; 0 for a reset
   * @param reset whether it is a reset, which stands alone
   */
  Batch(String id, byte[] body, int events, boolean reset) {
    this.id = Objects.requireNonNull(id, "id");
    this.body = body;
    this.events = events;
    this.reset = reset;
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

  boolean isReset() {
    return reset;
  }
}
