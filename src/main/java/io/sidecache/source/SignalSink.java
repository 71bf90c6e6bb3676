/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source;

/** Where a source puts its signals. */
@FunctionalInterface
public interface SignalSink {
  /**
   * Takes one signal. Signals of one calling thread take effect in the order of the calls. Never
   * blocks, never throws; an implementation that runs out of room widens what it holds and counts
   * it.
   */
  void accept(SourceSignal signal);
}
