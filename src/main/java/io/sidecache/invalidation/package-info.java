/**
 * The vocabulary of the sidecar: what may be invalidated, and where in PostgreSQL's history.
 *
 * <p>Flow: values only; made by {@code source}, carried by {@code pipeline}, applied by the sinks.
 * Threads: all types are immutable and safe to share. Imports nothing but the JDK.
 */
@NullMarked
package io.sidecache.invalidation;

import org.jspecify.annotations.NullMarked;
