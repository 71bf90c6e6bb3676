/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What keeps the manual true: each page's commands are run from top to bottom against what the
 * build made and a real PostgreSQL, its settings are read, its links are followed. A block that no
 * rule knows fails.
 */
@NullMarked
package io.sidecache.manual;

import org.jspecify.annotations.NullMarked;
