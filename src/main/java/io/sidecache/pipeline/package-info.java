/**
 * Brings signals from a source to the sinks, one at a time and in order.
 *
 * <p>Flow: in through {@link io.sidecache.source.SignalSink}, out through {@link
 * io.sidecache.pipeline.InvalidationSink}; caches first, everyone else after. Threads: no thread of
 * its own. Whoever finds the pipeline idle runs it; the others leave their signal in the bounded
 * queue and go on (docs/adr/0003).
 */
@NullMarked
package io.sidecache.pipeline;

import org.jspecify.annotations.NullMarked;
