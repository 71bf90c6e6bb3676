/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.config;

/** The way in which invalidations reach this sidecar ({@code sidecache.source}). */
public enum SourceKind {
  /** A LISTEN connection of our own to PostgreSQL. */
  POSTGRES("postgres"),
  /**
   * Polling the durable log in PostgreSQL, for connections that go through a transaction pooler.
   */
  LOG_POLLING("log-polling"),
  /** Webhooks of a relay; no connection to PostgreSQL is needed. */
  WEBHOOK("webhook");

  private final String text;

  SourceKind(String text) {
    this.text = text;
  }

  /** The spelling in the configuration, for example {@code log-polling}. */
  public String text() {
    return text;
  }
}
