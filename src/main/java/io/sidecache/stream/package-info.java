/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The live stream: a ring of recent events, their positions, and the fan-out to those who read.
 *
 * <p>Flow: evictions and gaps come in as a sink of the pipeline, behind the caches; each is encoded
 * once, into the ring. Readers are served from the ring, each at its own place, so there is no
 * queue per reader. Threads: the pipeline's thread appends and wakes the event loops; all about a
 * reader runs on its event loop. Nothing here blocks.
 */
@NullMarked
package io.sidecache.stream;

import org.jspecify.annotations.NullMarked;
