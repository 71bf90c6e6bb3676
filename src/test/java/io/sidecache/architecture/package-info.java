/** What the architecture promises, as rules that run; and a sample that breaks each of them. */
@NullMarked
package io.sidecache.architecture;

import org.jspecify.annotations.NullMarked;
