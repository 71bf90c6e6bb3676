/** The composition root. */
@NullMarked
package io.sidecache.app;

import org.jspecify.annotations.NullMarked;
