/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source.webhook;

/**
 * A snapshot of one sender's figures. All only grow.
 *
 * @param sender its configured name
 * @param accepted messages applied
 * @param untrusted messages with a bad signature or time
 * @param notUnderstood messages that were signed, but said something else than we know
 * @param replayed messages that had come before
 * @param failed messages that could not be applied, so that their sender will repeat them
 */
public record SenderFigures(
    String sender, long accepted, long untrusted, long notUnderstood, long replayed, long failed) {}
