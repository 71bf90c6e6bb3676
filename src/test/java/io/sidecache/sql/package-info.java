/**
 * The SQL interface against real servers of the oldest and the newest supported PostgreSQL: what
 * the triggers write to the log and notify, what attach accepts, who may what.
 */
@NullMarked
package io.sidecache.sql;

import org.jspecify.annotations.NullMarked;
