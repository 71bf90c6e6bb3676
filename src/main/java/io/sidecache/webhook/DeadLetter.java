/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.webhook;

import java.time.Instant;

/**
 * A message that was given up, as people see it: without the keys in it.
 *
 * @param id its {@code webhook-id}
 * @param at when it was given up
 * @param events how many evictions it tells of
 * @param bytes how long it is
 * @param attempts how often it was sent
 * @param reason why the last attempt failed
 */
public record DeadLetter(
    String id, Instant at, int events, int bytes, int attempts, String reason) {}
