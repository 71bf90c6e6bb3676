/**
 * Health checks and meters.
 *
 * <p>Flow: reads the state of the source, the pipeline and the caches when asked; changes nothing.
 * Threads: any; nothing here blocks.
 */
@NullMarked
package io.sidecache.observe;

import org.jspecify.annotations.NullMarked;
