/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.pipeline;

import io.sidecache.source.SourceSignal;

/** One who applies or passes on what the pipeline brings. */
@FunctionalInterface
public interface InvalidationSink {
  /**
   * Applies one signal. Called by one thread at a time, in order, with rising sequence numbers; the
   * calls happen-before one another. Must not block: what takes time goes into a bounded queue of
   * the sink's own.
   *
   * @param sequence 1 for the first signal of the process, then one more for each that is not
   *     folded
   */
  void apply(long sequence, SourceSignal signal);
}
