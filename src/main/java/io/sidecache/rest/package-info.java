/**
 * The HTTP interface: entries, caches, the live stream, webhooks in, and problems.
 *
 * <p>Flow: reads and fills go to the caches; invalidations go to the source, which publishes them
 * to every sidecar, this one included. Threads: all is served by Vert.x handlers on the event loop,
 * which never block (docs/adr/0005); webhooks are read there and checked on virtual threads, and
 * the JSON of figures is made by Vert.x's workers.
 */
@NullMarked
package io.sidecache.rest;

import org.jspecify.annotations.NullMarked;
