/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.stream;

/** What a wire tells of itself. Called on the reader's event loop alone. */
public interface Subscription {
  /** The wire, which was full, has room again. */
  void writable();

  /** The reader has gone. Idempotent. */
  void gone();
}
