/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Follows one PostgreSQL server: a connection that listens, the heartbeats that prove it hears, the
 * reconnects when it does not, and the publishing of invalidations through the same server.
 *
 * <p>Flow: notifications come in on the listening connection, are decoded by the {@link
 * io.sidecache.source.postgres.ChannelBinding} of their channel and go to the {@link
 * io.sidecache.source.SignalSink} as signals. Heartbeats and invalidations go out through the JDBC
 * pool and come back on the listening connection.
 *
 * <p>Threads: one event loop reads the socket, decodes, and gives signals to the sink. One timer
 * thread drives attempts, deadlines and the beat; it never blocks. JDBC calls run on an executor of
 * virtual threads. Changes of state happen under one lock that none of them holds while it waits;
 * decoding takes no lock.
 */
@NullMarked
package io.sidecache.source.postgres;

import org.jspecify.annotations.NullMarked;
