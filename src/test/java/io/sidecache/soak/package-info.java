/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The soak: {@code ./mvnw -Psoak verify}. Shows that the promises P1 to P5 hold while things break.
 *
 * <p>{@link io.sidecache.soak.Soak} starts a real PostgreSQL, the packaged application in a JVM of
 * its own, and a {@link io.sidecache.testing.FaultProxy} before each of its two connections. {@link
 * io.sidecache.soak.Writer}s commit versions that only grow and say so to the {@link
 * io.sidecache.soak.Oracle}; {@link io.sidecache.soak.Reader}s ask the oracle about every answer;
 * {@link io.sidecache.soak.Faults} break one thing after the other. Then {@link
 * io.sidecache.soak.Mutants} switch off one safeguard after the other and demand that the same
 * oracle notices (docs/adr/0017). All clocks are one: {@link System#nanoTime} of one machine.
 */
@NullMarked
package io.sidecache.soak;

import org.jspecify.annotations.NullMarked;
