/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

/**
 * A snapshot of the stream's figures.
 *
 * @param subscribers who reads now
 * @param maximumSubscribers how many may
 * @param held events in the ring now
 * @param capacity how many it may hold
 * @param appended events since the start
 * @param sent events handed to readers, counted once for each of them
 * @param resets readers who were told to forget all, because what they missed was gone
 * @param cut readers who were cut off because they did not read
 * @param refused readers who were turned away because there were too many
 */
public record StreamFigures(
    int subscribers,
    int maximumSubscribers,
    long held,
    int capacity,
    long appended,
    long sent,
    long resets,
    long cut,
    long refused) {}
