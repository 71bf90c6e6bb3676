/**
 * The caches: values in memory, and the fences that keep an overtaken value out of them.
 *
 * <p>Flow: invalidations come in through {@link io.sidecache.cache.Caches}, a sink of the pipeline;
 * reads, fills and loads come from the HTTP interface. Threads: reads run on any thread, also an
 * event loop, and never block; loads run on virtual threads; invalidations are applied by one
 * thread at a time. Freshness is a deadline that every read checks, so a wedged process is stale by
 * itself (docs/adr/0004).
 */
@NullMarked
package io.sidecache.cache;

import org.jspecify.annotations.NullMarked;
