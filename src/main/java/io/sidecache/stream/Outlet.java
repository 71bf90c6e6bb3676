/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

/** The wire to one reader. Called on the reader's event loop alone; never blocks, never throws. */
public interface Outlet {
  /** Hands bytes to the wire. The array is shared with other readers. */
  void write(byte[] bytes);

  /** Whether more bytes wait for the reader than may. */
  boolean isFull();

  /** Writes the last bytes and ends the answer in good order. */
  void end(byte[] last);

  /** Drops the connection and all that waits for it. */
  void cut();
}
