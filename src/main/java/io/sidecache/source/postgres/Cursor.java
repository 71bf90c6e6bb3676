/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.postgres;

/**
 * Up to where this sidecar has seen a server's changes.
 *
 * @param history which history of which database it is: system identifier, timeline, database and
 *     the time since which the server has not crashed. Another history may lack commits that values
 *     were read from
 * @param snapshot what was visible then, in the text form of {@code pg_snapshot}; every change
 *     visible in it has been received
 */
record Cursor(String history, String snapshot) {}
