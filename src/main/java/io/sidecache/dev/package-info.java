/**
 * The development mode: an embedded PostgreSQL with demonstration data, and a tour to try.
 *
 * <p>Flow: {@link io.sidecache.dev.DevelopmentMain} starts {@link
 * io.sidecache.dev.EmbeddedDatabase}, fills it with {@code dev/*.sql} and hands its address to
 * Quarkus as ordinary datasource settings; the application does not know the difference. Only the
 * development profile selects that main class, and the libraries behind it have the scope {@code
 * provided}, so production never reaches this package. The tests start their servers through {@link
 * io.sidecache.dev.EmbeddedDatabase} too. Threads: everything here runs and blocks on its caller's
 * thread.
 */
@NullMarked
package io.sidecache.dev;

import org.jspecify.annotations.NullMarked;
