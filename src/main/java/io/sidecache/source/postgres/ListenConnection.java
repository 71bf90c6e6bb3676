/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

import java.util.List;

/** One attempt at a listening connection, and the connection that comes of it. */
interface ListenConnection {

  /** Listens on all channels at once; {@link Events#listening} or {@link Events#lost} follows. */
  void listen(List<String> channels);

  /**
   * Asks the server to stop listening, and does not wait. For a pooler that keeps the backend: it
   * would go on to be woken for us.
   */
  void unlisten();

  /**
   * Drops the socket without a word to the server, at any stage. Returns at once; safe from any
   * thread, more than once.
   */
  void abort();

  /** Opens connections. */
  @FunctionalInterface
  interface Connector {
    /** Starts to connect. Returns at once; what becomes of it is told to the events, later. */
    ListenConnection connect(ListenerAddress.Host host, Events events);
  }

  /**
   * What happens on one connection. Called by one thread at a time, which must not be held up, in
   * the order in which things happened on the wire.
   */
  interface Events {
    /** The connection stands and says whom it is with; nothing is listened on yet. */
    void probed(ServerProbe probe);

    /** All channels are listened on: what commits from here on is heard. */
    void listening();

    /** A notification came in. May come before {@link #listening()}. */
    void notified(String channel, String payload);

    /**
     * The attempt failed or the connection is gone.
     *
     * @param reason one line for people, without credentials
     */
    void lost(String reason);
  }
}
