/**
 * The benchmark: {@code ./mvnw -Pbench verify}. Not a test; it fails no build, it prints one table.
 *
 * <p>Every figure stands beside a yardstick that was measured in the same run, in turns, since a
 * figure alone says more about the machine than about us. Flow: {@link
 * io.sidecache.bench.Benchmark} runs the parts one after the other, against one embedded
 * PostgreSQL; each gives rows of a {@link io.sidecache.bench.Report}, of which a {@link
 * io.sidecache.bench.Publication} makes a page and a chart.
 */
@NullMarked
package io.sidecache.bench;

import org.jspecify.annotations.NullMarked;
