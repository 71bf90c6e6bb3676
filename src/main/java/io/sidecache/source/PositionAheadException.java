/* SPDX-License-Identifier: Apache-2.0 */
package io.sidecache.source;

/**
 * The position that was waited for lies beyond what the server has written: it is of another
 * server, or of commits that a failover has lost. Its message is fit for people.
 */
public final class PositionAheadException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PositionAheadException(String message) {
    super(message);
  }
}
