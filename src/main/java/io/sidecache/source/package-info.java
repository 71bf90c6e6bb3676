/**
 * The port through which invalidations enter: {@link io.sidecache.source.InvalidationSource} and
 * the signals that it gives.
 *
 * <p>Flow: an adapter (PostgreSQL, a webhook feed) gives {@link io.sidecache.source.SourceSignal}s
 * to a {@link io.sidecache.source.SignalSink}, in the order in which they must take effect.
 * Threads: signals may come from any thread, and the sink never blocks its caller.
 */
@NullMarked
package io.sidecache.source;

import org.jspecify.annotations.NullMarked;
