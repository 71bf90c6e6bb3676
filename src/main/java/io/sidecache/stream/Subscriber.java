/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

/** One reader and its place in the ring. Touched on its event loop alone. */
final class Subscriber {
  final StreamFilter filter;
  final boolean values;
  final Outlet outlet;

  /** The number of the last event that it was given, or that it did not want. */
  long cursor;

  /** Whether values are being loaded for it; until they are there nothing else is written. */
  boolean loading;

  /** Whether its wire was full at the last beat and has not had room since. */
  boolean stalled;

  boolean gone;

  Subscriber(StreamFilter filter, boolean values, Outlet outlet, long cursor) {
    this.filter = filter;
    this.values = values;
    this.outlet = outlet;
    this.cursor = cursor;
  }
}
