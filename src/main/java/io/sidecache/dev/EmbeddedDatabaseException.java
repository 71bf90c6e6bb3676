/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.dev;

import java.io.Serial;

/** The failure of an embedded PostgreSQL to start; its message says what to look at. */
public final class EmbeddedDatabaseException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  EmbeddedDatabaseException(String message, Throwable cause) {
    super(message, cause);
  }

  EmbeddedDatabaseException(String message) {
    super(message);
  }
}
