/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source;

import java.util.Locale;

/** What kind of fault kept a source from following its feed: the fixed words of logs and meters. */
public enum Trouble {
  /** No connection came about, or it broke while it was being made. */
  UNREACHABLE,
  /** The address leads to a standby, which neither listens nor notifies. */
  STANDBY,
  /** A pooler that gives each transaction another session: what is listened to is not heard. */
  POOLER,
  /** The listening connection and the pool are with different servers, databases or histories. */
  OTHER_SERVER,
  /** A connection was lost: closed, reset, or its bytes made no sense. */
  LOST,
  /** A connection stands, heartbeats are sent, and none is heard: deaf, half open or too slow. */
  DEAF,
  /** Heartbeats could not be sent. */
  UNSENT,
  /** Heartbeats could not be sent because PostgreSQL's notification queue is full. */
  QUEUE_FULL,
  /** The log of changes is missing, or could not be read. */
  LOG;

  /** The word for people and meters, for example {@code queue-full}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
