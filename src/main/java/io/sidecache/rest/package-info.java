/**
 * The HTTP interface: entries, caches, the live stream, webhooks in, and problems.
 *
 * <p>Flow: reads and fills go to the caches; invalidations go to the source, which publishes them
 * to every sidecar, this one included. Threads: entries are served by a Vert.x handler on the event
 * loop, which never blocks (docs/adr/0005), and so is the stream; webhooks are read there and
 * checked on virtual threads; the rest is JAX-RS.
 */
@NullMarked
package io.sidecache.rest;

import org.jspecify.annotations.NullMarked;
