/**
 * What the tests of several packages share: a real PostgreSQL, a proxy that breaks connections, and
 * time that stands still until a test moves it.
 */
@NullMarked
package io.sidecache.testing;

import org.jspecify.annotations.NullMarked;
